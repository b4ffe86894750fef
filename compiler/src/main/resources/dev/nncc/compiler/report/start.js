function tabs() {
  $("graph-tabs").replaceChildren.apply($("graph-tabs"), data.graphs.map(function (g, i) {
    return el("button", { type: "button", role: "tab", "aria-selected": String(i === view.graph), on: { click: function () { show(i); } } },
      [g.title, el("small", {}, (g === kernels ? data.ladder.left : g.nodes).toLocaleString("en"))]);
  }));
  var used = graph().boxes.map(function (b) { return b.k; });
  $("legend").replaceChildren.apply($("legend"), data.kinds.map(function (name, k) {
    return used.indexOf(k) < 0 ? "" : el("li", {}, [el("i", { style: "background:var(--k" + k + ")" }), name]);
  }).filter(Boolean));
}

function heading(text) { return el("h4", {}, text); }

function valueRows(values) {
  return el("ul", {}, values.map(function (v) {
    return el("li", {}, [el("span", { "class": "mono" }, v[0]), " ", el("small", {}, v[1]), v[2] ? el("div", { "class": "soft" }, v[2]) : ""]);
  }));
}

/** Applications of rules by the names of the source nodes that they touched. */
var touched = null;
function applicationsOf(box) {
  if (!touched) {
    touched = new Map();
    data.rules.forEach(function (r) {
      r.shown.forEach(function (a) {
        a[4].split(", ").forEach(function (name) {
          if (!touched.has(name)) { touched.set(name, []); }
          touched.get(name).push([r.name, a]);
        });
      });
    });
  }
  var all = new Map();
  (box.from || []).forEach(function (f) {
    (touched.get(f.split("  ")[0]) || []).forEach(function (x) { all.set(x[1][0], x); });
  });
  return Array.from(all.values()).sort(function (a, b) { return a[1][0] - b[1][0]; });
}

function life(to, box) {
  var all = applicationsOf(box);
  if (!all.length) { return; }
  to.append(heading("Rules that touched it"));
  var list = el("div", { "class": "life" });
  portions(list, all, 30, function (x) {
    var d = el("details", {}, el("summary", {}, [el("span", { "class": "soft" }, x[1][0].toLocaleString("en")), x[0]]));
    d.addEventListener("toggle", function () {
      if (d.open && d.children.length === 1) {
        d.append(el("pre", { "class": "before" }, x[1][2]), el("pre", { "class": "after" }, x[1][3]));
      }
    });
    return d;
  }, "");
  to.append(list);
}

function work(box) {
  var s = box.steps;
  var rows = [["Work", flops(sum(box, "flops"))], ["Moved", bytes(sum(box, "moved"))]], t = timed(box);
  if (t) { rows.unshift(["Time", ms(t.ms) + ", " + percent(t.ms, data.speed.total)], ["Speed", rate(t)]); }
  if (sum(box, "weights")) { rows.push(["Weights", bytes(sum(box, "weights"))]); }
  if (s.length === 1) {
    rows.push(["Code", bytes(s[0].code) + (s[0].calls > 1 ? ", shared by " + s[0].calls + " calls" : "")]);
    rows.push(["Shared out over", count(s[0].parallel, "iteration")]);
  }
  return el("table", {}, el("tbody", {}, rows.map(function (r) {
    return el("tr", {}, [el("td", { "class": "soft" }, r[0]), el("td", { "class": "n" }, r[1])]);
  })));
}

function detail() {
  var g = graph(), to = $("detail"), box = g.boxes[view.chosen];
  to.replaceChildren();
  to.scrollTop = 0;
  if (!box) {
    to.append(el("h3", {}, g === kernels ? "Kernels" : g.title),
      el("p", { "class": "soft" }, g === kernels
        ? "Each box is one kernel, the operators in it computed together; dashed boxes are views, which cost nothing."
        : g === data.graphs[0] ? "The model as it was read. Boxes that go into the same kernel light up together."
          : "The graph after all rewrites, before fusion. Boxes that go into the same kernel light up together."),
      el("p", { "class": "soft" }, "Choose a box to see where it comes from, its shapes, its place in memory and what it costs."));
    return;
  }
  to.append(el("h3", {}, box.t));
  if (box.steps && box.steps.length) {
    to.append(el("p", { "class": "soft" }, stepText(box)), work(box));
    if (box.steps.length > 1) {
      to.append(heading("Calls"), el("ul", {}, box.steps.map(function (s) {
        return el("li", {}, [el("span", { "class": "mono" }, s.step + " " + s["function"]), " ", el("small", {}, flops(s.flops) + ", code " + bytes(s.code))]);
      })));
    } else { to.append(heading("Function"), el("p", { "class": "mono" }, box.steps[0]["function"])); }
  } else if (g === kernels && box.k === 6) {
    to.append(el("p", { "class": "soft" }, "A view: its result is memory that is there already."));
  } else { to.append(el("p", { "class": "soft" }, box.s)); }
  if (g !== kernels && box.k !== 7) {
    to.append(heading("Becomes"));
    var into = box.kernels || [];
    to.append(into.length ? el("ul", {}, into.map(function (k) {
      var b = kernels.boxes[k];
      return el("li", {}, [el("button", { type: "button", "class": "go", on: { click: function () { goTo(2, k, false); } } }, b.t), " ", el("small", {}, stepText(b))]);
    })) : el("p", { "class": "soft" }, "No kernel: computed when the model was compiled, or not needed."));
  }
  if (box.from && box.from.length) {
    to.append(heading("Made from"), el("ul", {}, box.from.map(function (f) {
      var p = f.split("  ");
      return el("li", {}, [el("span", { "class": "mono" }, p[0]), " ", el("small", {}, p[1] || "")]);
    })));
  }
  life(to, box);
  if (box.attributes) { to.append(heading("Attributes"), el("p", { "class": "mono" }, box.attributes)); }
  if (box["in"]) { to.append(heading("Reads"), valueRows(box["in"])); }
  if (box.out) { to.append(heading("Writes"), valueRows(box.out)); }
  if (box.body) { to.append(heading("Computes"), el("pre", {}, box.body)); }
}

function hoverBox(e, i) {
  if (i !== view.over) { view.over = i; redraw(); }
  var box = graph().boxes[i];
  if (!box || e.pointerType !== "mouse") { hideTip(); return; }
  var out = (box.out || box["in"] || [])[0] || ["", ""], kids = [el("strong", {}, box.t), el("div", {}, out[1])];
  if (out[2]) { kids.push(el("div", { "class": "soft" }, out[2])); }
  if (box.steps && box.steps.length) {
    kids.push(el("div", {}, stepText(box) + ", " + flops(sum(box, "flops")) + ", moves " + bytes(sum(box, "moved") + sum(box, "weights"))));
  }
  if (box.from && box.from.length) { kids.push(el("div", { "class": "soft" }, originText(box, 4))); }
  showTip(e.clientX, e.clientY, kids);
}

function pointers() {
  var down = new Map(), moved = 0, pinch = 0, inStrip = false;
  function at(e) { var r = canvas.getBoundingClientRect(); return [e.clientX - r.left, e.clientY - r.top]; }
  function jump(p) {
    var o = strip(graph());
    view.y = view.h / 2 - (p[1] - o.y) / o.s * view.scale;
    view.x = (view.w - 80) / 2 - Math.max(0, Math.min(o.w, p[0] - o.x)) / o.s * view.scale;
    redraw();
  }
  canvas.addEventListener("pointerdown", function (e) {
    var p = at(e), o = strip(graph());
    try { canvas.setPointerCapture(e.pointerId); } catch (gone) { /* the pointer is gone already */ }
    down.set(e.pointerId, p);
    moved = down.size > 1 ? 99 : 0;
    view.active = true;
    inStrip = !!o && p[0] > o.x - 6;
    if (inStrip) { jump(p); }
    hint();
  });
  canvas.addEventListener("pointermove", function (e) {
    var p = at(e), old = down.get(e.pointerId);
    if (!old) { hoverBox(e, boxAt(p[0], p[1])); return; }
    hideTip();
    if (inStrip) { jump(p); moved = 99; }
    else if (down.size === 1) {
      moved += Math.abs(p[0] - old[0]) + Math.abs(p[1] - old[1]);
      if (moved > 4) { canvas.classList.add("moving"); view.x += p[0] - old[0]; view.y += p[1] - old[1]; redraw(); }
    } else {
      var others = Array.from(down.entries()).filter(function (d) { return d[0] !== e.pointerId; })[0][1];
      var was = Math.hypot(old[0] - others[0], old[1] - others[1]), is = Math.hypot(p[0] - others[0], p[1] - others[1]);
      if (was > 0) { zoom(is / was, (p[0] + others[0]) / 2, (p[1] + others[1]) / 2); }
      view.x += (p[0] - old[0]) / 2;
      view.y += (p[1] - old[1]) / 2;
    }
    down.set(e.pointerId, p);
  });
  function up(e) {
    var p = at(e);
    if (down.delete(e.pointerId) && moved <= 4 && e.type === "pointerup" && !inStrip) { choose(boxAt(p[0], p[1]), false); }
    canvas.classList.remove("moving");
    if (down.size === 0) { inStrip = false; }
  }
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", up);
  canvas.addEventListener("pointerleave", function () { view.over = -1; view.active = false; hideTip(); redraw(); });
  canvas.addEventListener("wheel", function (e) {
    if (!view.active && !e.ctrlKey) { return; }
    e.preventDefault();
    var p = at(e);
    zoom(Math.exp(-e.deltaY * (e.ctrlKey ? 0.01 : 0.0016)), p[0], p[1]);
  }, { passive: false });
  canvas.addEventListener("dblclick", function (e) { var p = at(e); zoom(1.7, p[0], p[1]); });
  canvas.addEventListener("keydown", function (e) {
    var step = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[e.key];
    if (step) { view.x += step[0]; view.y += step[1]; redraw(); e.preventDefault(); }
    if (e.key === "+" || e.key === "=") { zoom(1.25, view.w / 2, view.h / 2); }
    if (e.key === "-") { zoom(0.8, view.w / 2, view.h / 2); }
    if (e.key === "0") { home(true); }
    if (e.key === "Escape") { choose(-1, false); }
  });
}

function hint() {
  var touch = matchMedia("(pointer: coarse)").matches;
  $("hint").textContent = touch && view.active ? "" : touch ? "Drag to move, pinch to zoom, tap a box" : view.active ? "Wheel zooms" : "Drag to move, click for the wheel to zoom";
}

function controls() {
  $("zoom-in").addEventListener("click", function () { zoom(1.35, view.w / 2, view.h / 2); });
  $("zoom-out").addEventListener("click", function () { zoom(1 / 1.35, view.w / 2, view.h / 2); });
  $("zoom-fit").addEventListener("click", function () { home(true); });
  $("find").addEventListener("input", search);
  $("find").addEventListener("keydown", function (e) { if (e.key === "Enter") { nextFound(e.shiftKey); e.preventDefault(); } });
  pointers();
  addEventListener("resize", function () {
    var was = view.w;
    if (resize()) {
      if (was) { view.x += (view.w - was) / 2; redraw(); } else { home(false); }
    }
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function () { readColours(); redraw(); });
  if ("IntersectionObserver" in window) {
    var links = Array.from(document.querySelectorAll("nav a"));
    var seen = new IntersectionObserver(function (entries) {
      entries.forEach(function (e) {
        if (e.isIntersecting) {
          links.forEach(function (a) { a.classList.toggle("on", a.getAttribute("href") === "#" + e.target.id); });
        }
      });
    }, { rootMargin: "-30% 0px -60% 0px" });
    document.querySelectorAll("main section").forEach(function (s) { seen.observe(s); });
  }
}

figures();
ladder();
memory();
speed();
calls();
passes();
rules();
readColours();
tabs();
detail();
hint();
controls();
if (resize()) { home(false); }
$("footer").textContent = "Model " + data.model + ", nncc " + data.nncc + ", " + data.target + ".";
document.documentElement.setAttribute("data-ready", String(data.graphs[2].boxes.length));
