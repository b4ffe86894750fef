var canvas = $("canvas"), pen = canvas.getContext("2d");
var view = { graph: 2, scale: 1, x: 0, y: 0, chosen: -1, over: -1, found: [], at: -1, active: false };
var BOX = kernels.box, colours = {}, overview = null;

function graph() { return data.graphs[view.graph]; }

/** What belongs together: the kernels of a box, as a key. */
function family(g, box) { return g === kernels ? null : (box.kernels || []).join(","); }

data.graphs.forEach(function (g) {
  g.linesOf = g.boxes.map(function () { return []; });
  g.lines.forEach(function (l, i) { g.linesOf[l[0]].push(i); g.linesOf[l[1]].push(i); });
  g.found = g.boxes.map(function (b) {
    return [b.t, b.s].concat(b.from || [], [].concat(b["in"] || [], b.out || []).map(function (v) { return v[0] + " " + v[1]; })).join("\n").toLowerCase();
  });
});

function readColours() {
  ["--bg", "--panel", "--text", "--soft", "--line", "--accent", "--accent-soft", "--mark"].forEach(function (n) { colours[n] = css(n); });
  for (var i = 0; i < data.kinds.length; i++) { colours[i] = css("--k" + i); }
  overview = null;
}

var pending = false;
function redraw() {
  if (!pending) { pending = true; requestAnimationFrame(function () { pending = false; paint(); }); }
}

function resize() {
  var r = canvas.parentElement.getBoundingClientRect(), d = devicePixelRatio || 1;
  if (r.width === 0) { return false; }
  canvas.width = Math.round(r.width * d);
  canvas.height = Math.round(r.height * d);
  view.w = r.width;
  view.h = r.height;
  return true;
}

/** The whole graph, or its beginning where the whole would be too small to read. */
function home(whole) {
  var g = graph(), fit = Math.min(view.w / (g.width + 56), view.h / (g.height + 48), 1.15);
  var readable = Math.min(1, Math.max(0.5, view.w / (g.width + 56)));
  view.scale = whole || fit >= 0.6 ? fit : readable;
  view.x = (view.w - g.width * view.scale) / 2;
  view.y = 22;
  if (g.width * view.scale > view.w && g.boxes.length) {
    view.x = view.w / 2 - g.boxes[0].x * view.scale;
  }
  if (g.height * view.scale < view.h) { view.y = (view.h - g.height * view.scale) / 2; }
  redraw();
}

function zoom(factor, cx, cy) {
  var s = Math.max(0.02, Math.min(4, view.scale * factor)), f = s / view.scale;
  view.x = cx - (cx - view.x) * f;
  view.y = cy - (cy - view.y) * f;
  view.scale = s;
  redraw();
}

function curve(l) {
  pen.moveTo(l[2], l[3]);
  for (var i = 4; i < l.length; i += 2) {
    var my = (l[i - 1] + l[i + 1]) / 2;
    pen.bezierCurveTo(l[i - 2], my, l[i], my, l[i], l[i + 1]);
  }
}

/** Lines that would cross too much show their ends only. */
function isLong(l) { return l.length === 6 && l[5] - l[3] > 40 * (BOX + 38) - BOX; }

function lines(g, top, bottom, hot) {
  pen.strokeStyle = colours["--soft"];
  pen.globalAlpha = 0.5;
  pen.lineWidth = Math.max(1, 0.8 / view.scale);
  pen.beginPath();
  g.lines.forEach(function (l) {
    if (l[l.length - 1] < top || l[3] > bottom) { return; }
    if (isLong(l)) {
      pen.moveTo(l[2], l[3]); pen.lineTo(l[2], l[3] + 12);
      pen.moveTo(l[4], l[5] - 12); pen.lineTo(l[4], l[5]);
    } else { curve(l); }
  });
  pen.stroke();
  pen.globalAlpha = 1;
  if (view.scale > 0.4) {
    pen.fillStyle = colours["--soft"];
    pen.beginPath();
    g.lines.forEach(function (l) {
      var x = l[l.length - 2], y = l[l.length - 1];
      if (y >= top && y <= bottom) { pen.moveTo(x, y); pen.lineTo(x - 3.5, y - 6); pen.lineTo(x + 3.5, y - 6); }
    });
    pen.fill();
  }
  if (hot >= 0) {
    pen.strokeStyle = colours["--accent"];
    pen.lineWidth = Math.max(2, 1.6 / view.scale);
    pen.beginPath();
    g.linesOf[hot].forEach(function (i) { curve(g.lines[i]); });
    pen.stroke();
  }
}

function shape(b, r) {
  pen.beginPath();
  if (pen.roundRect) { pen.roundRect(b.x - b.w / 2, b.y, b.w, BOX, r); } else { pen.rect(b.x - b.w / 2, b.y, b.w, BOX); }
}

function fitted(text, width) {
  if (pen.measureText(text).width <= width) { return text; }
  var n = text.length;
  while (n > 1 && pen.measureText(text.slice(0, n) + "…").width > width) { n--; }
  return text.slice(0, n) + "…";
}

function paintBox(g, b, i, near) {
  var kind = colours[b.k], boundary = b.k === 7, free = b.k === 6;
  var lit = i === view.chosen || i === view.over, radius = boundary ? BOX / 2 : 6;
  shape(b, radius);
  if (view.scale < 0.34) {
    pen.fillStyle = kind;
    pen.globalAlpha = lit || near ? 1 : 0.75;
    pen.fill();
    pen.globalAlpha = 1;
  } else {
    pen.fillStyle = lit || near ? colours["--accent-soft"] : colours["--bg"];
    pen.fill();
    pen.lineWidth = 1;
    pen.setLineDash(free ? [4, 3] : []);
    pen.strokeStyle = free ? colours["--soft"] : kind;
    pen.stroke();
    pen.setLineDash([]);
    if (!free && !boundary) {
      pen.save();
      pen.clip();
      pen.fillStyle = kind;
      pen.fillRect(b.x - b.w / 2, b.y, 5, BOX);
      pen.restore();
    }
    var room = b.w - 22, cx = b.x + (free || boundary ? 0 : 2);
    pen.textAlign = "center";
    pen.fillStyle = free ? colours["--soft"] : colours["--text"];
    pen.font = "600 12.5px system-ui, sans-serif";
    pen.fillText(fitted(b.t, room), cx, b.y + (b.s ? 18 : 26));
    if (b.s) {
      pen.fillStyle = colours["--soft"];
      pen.font = "11.5px system-ui, sans-serif";
      pen.fillText(fitted(b.s, room), cx, b.y + 33);
    }
  }
  if (i === view.chosen || view.found.indexOf(i) >= 0) {
    shape({ x: b.x, y: b.y, w: b.w }, radius);
    pen.strokeStyle = i === view.chosen ? colours["--accent"] : colours["--mark"];
    pen.lineWidth = Math.max(2.2, 2 / view.scale);
    pen.stroke();
  }
}

function paint() {
  var g = graph(), d = devicePixelRatio || 1;
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.setTransform(d * view.scale, 0, 0, d * view.scale, d * view.x, d * view.y);
  var top = -view.y / view.scale - BOX, bottom = (view.h - view.y) / view.scale + BOX;
  var left = -view.x / view.scale, right = (view.w - view.x) / view.scale;
  var hot = view.over >= 0 ? view.over : view.chosen;
  lines(g, top, bottom, hot);
  var same = hot >= 0 ? family(g, g.boxes[hot]) : null;
  g.boxes.forEach(function (b, i) {
    if (b.y >= top && b.y <= bottom && b.x + b.w / 2 >= left && b.x - b.w / 2 <= right) {
      paintBox(g, b, i, !!same && family(g, b) === same);
    }
  });
  pen.setTransform(d, 0, 0, d, 0, 0);
  paintOverview(g);
}

/** A strip with the whole of a long graph, and what of it is in sight. */
function strip(g) {
  var w = 64, h = view.h - 20, s = Math.min(w / Math.max(1, g.width), h / Math.max(1, g.height));
  return g.height * view.scale > 1.6 * view.h
    ? { x: view.w - 12 - g.width * s, y: 10 + (h - g.height * s) / 2, s: s, w: g.width * s, h: g.height * s } : null;
}

function paintOverview(g) {
  var o = strip(g);
  if (!o) { return; }
  if (!overview || overview.g !== g || overview.s !== o.s) {
    var d = devicePixelRatio || 1, sheet = document.createElement("canvas"), p = sheet.getContext("2d");
    sheet.width = Math.ceil((o.w + 2) * d);
    sheet.height = Math.ceil((o.h + 2) * d);
    p.scale(d * o.s, d * o.s);
    g.boxes.forEach(function (b) {
      p.fillStyle = colours[b.k];
      p.fillRect(b.x - b.w / 2, b.y, b.w, Math.max(BOX, 1 / o.s));
    });
    overview = { g: g, s: o.s, sheet: sheet };
  }
  pen.fillStyle = colours["--bg"];
  pen.globalAlpha = 0.86;
  pen.fillRect(o.x - 8, 0, view.w - o.x + 8, view.h);
  pen.globalAlpha = 1;
  pen.drawImage(overview.sheet, o.x, o.y, o.w + 2, o.h + 2);
  var f = o.s / view.scale, y = o.y - view.y * f, x = o.x - view.x * f;
  var x0 = Math.max(o.x - 5, x), x1 = Math.min(o.x + o.w + 5, x + view.w * f);
  pen.strokeStyle = colours["--accent"];
  pen.lineWidth = 1.5;
  pen.strokeRect(x0, Math.max(1, y), Math.max(6, x1 - x0), Math.max(6, Math.min(view.h * f, o.y + o.h + 4 - y)));
}

function boxAt(px, py) {
  var g = graph(), x = (px - view.x) / view.scale, y = (py - view.y) / view.scale, slack = 3 / view.scale;
  return g.boxes.findIndex(function (b) {
    return Math.abs(x - b.x) <= b.w / 2 + slack && y >= b.y - slack && y <= b.y + BOX + slack;
  });
}

function centre(i) {
  var b = graph().boxes[i];
  view.scale = Math.max(view.scale, 0.7);
  view.x = (view.w - (strip(graph()) ? 80 : 0)) / 2 - b.x * view.scale;
  view.y = view.h / 2 - (b.y + BOX / 2) * view.scale;
  redraw();
}

function show(index) {
  if (index === view.graph) { return; }
  var from = graph(), box = from.boxes[view.chosen], to = data.graphs[index];
  view.graph = index;
  view.over = -1;
  var next = box ? counterpart(from, box, view.chosen, to) : -1;
  tabs();
  home(false);
  search();
  choose(next, next >= 0);
}

/** The box of another graph that a box became or came from. */
function counterpart(from, box, at, to) {
  if (to === kernels) { return (box.kernels || []).length ? box.kernels[0] : -1; }
  if (from === kernels) {
    return to.boxes.findIndex(function (b) { return (b.kernels || []).indexOf(at) >= 0; });
  }
  return to.boxes.findIndex(function (b) { return b.from && box.from && b.from.length && b.from[0] === box.from[0]; });
}

function goTo(index, box, scroll) {
  show(index);
  choose(box, true);
  if (scroll) { $("graph").scrollIntoView(); }
}

function choose(i, move) {
  view.chosen = i;
  detail();
  if (move && i >= 0) { centre(i); } else { redraw(); }
}

function search() {
  var text = $("find").value.trim().toLowerCase(), g = graph();
  view.found = text ? g.found.map(function (f, i) { return f.indexOf(text) >= 0 ? i : -1; }).filter(function (i) { return i >= 0; }) : [];
  view.at = -1;
  $("found").textContent = text ? (view.found.length ? count(view.found.length, "box", "boxes") : "nothing found") : "";
  redraw();
}

function nextFound(back) {
  if (!view.found.length) { return; }
  view.at = (view.at + (back ? view.found.length - 1 : 1)) % view.found.length;
  choose(view.found[view.at], true);
  $("found").textContent = (view.at + 1) + " of " + view.found.length;
}
