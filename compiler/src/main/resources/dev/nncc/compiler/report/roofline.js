/** Milliseconds, work and bytes of a kernel in a run; nothing when the report was made without times. */
function timed(box) {
  if (!data.speed || !(box.steps || []).length) { return null; }
  return box.steps.reduce(function (t, s) {
    var x = data.speed.steps[s.step];
    return { ms: t.ms + x[0], flops: t.flops + x[1], bytes: t.bytes + x[2] };
  }, { ms: 0, flops: 0, bytes: 0 });
}
function ms(t) { return t < 0.0995 ? (1000 * t).toFixed(t < 0.00995 ? 2 : 1) + " µs" : t.toFixed(t < 9.995 ? 3 : 1) + " ms"; }
function gigaFlops(t) { return t.flops / t.ms / 1e6; }
function rate(t) {
  var peak = data.speed.peak;
  return t.flops ? gigaFlops(t).toFixed(1) + " GFLOP/s" + (peak ? ", " + percent(1e9 * gigaFlops(t), peak) + " of the peak" : "") : "no arithmetic";
}

function speed() {
  var s = data.speed;
  if (!s) { return; }
  $("speed").hidden = $("speed-link").hidden = false;
  var rows = [], idle = 0;
  kernels.boxes.forEach(function (b, i) {
    var t = timed(b);
    if (t && t.flops && t.bytes && t.ms) { rows.push({ box: b, at: i, t: t }); } else if (t) { idle += t.ms; }
  });
  rows.sort(function (a, b) { return b.t.ms - a.t.ms; }); // small points above large ones
  $("speed-lead").append("A run took ", el("strong", {}, ms(s.total)), " in its kernels on ", count(s.threads, "thread"), ", on average of ",
    count(s.runs, "run"), ": ", el("strong", {}, (data.flops / s.total / 1e6).toFixed(1) + " GFLOP/s"),
    s.peak ? ", " + percent(1000 * data.flops / s.total, s.peak) + " of this machine's peak." : ". 'nncc bench --peak' measures what the ceilings of the plot need.");
  $("roofline-note").append("Each point is a kernel: to the right the more it computes for each byte of its operands, upwards the more it computes in a second; its area is its time. ",
    s.peak ? "The line on top is the peak of multiply-adds, the slopes are what the memories can feed: a kernel near a line cannot do better by the same algorithm, unless a nearer memory holds its operands. Work counts direct multiplications, so an algorithm with fewer may be above. " : "",
    idle > 0 ? "Kernels without arithmetic take " + ms(idle) + " and have no place here." : "");
  var width = 0;
  function draw() {
    var w = $("roofline").clientWidth;
    if (w === width || w === 0) { return; }
    width = w;
    $("roofline").replaceChildren(roofline(w, rows));
  }
  if (rows.length) { draw(); addEventListener("resize", draw); }
}

function roofline(w, rows) {
  var s = data.speed, small = w < 560;
  var h = Math.max(300, Math.min(520, w * 0.56)), left = small ? 46 : 62, right = 12, top = 24, bottom = 44;
  function intensity(r) { return r.t.flops / r.t.bytes; }
  function flopRate(r) { return 1000 * r.t.flops / r.t.ms; }
  var xs = rows.map(intensity), ys = rows.map(flopRate).concat(s.peak ? [s.peak] : []);
  var x0 = Math.log10(Math.min.apply(null, xs) / 1.6), x1 = Math.log10(Math.max.apply(null, xs) * 1.6);
  var y0 = Math.log10(Math.min.apply(null, ys) / 1.6), y1 = Math.log10(Math.max.apply(null, ys) * 1.5);
  x1 = Math.max(x1, x0 + 1); y1 = Math.max(y1, y0 + 1);
  function px(v) { return left + (w - left - right) * (Math.log10(v) - x0) / (x1 - x0); }
  function py(v) { return top + (h - top - bottom) * (1 - (Math.log10(v) - y0) / (y1 - y0)); }
  var root = svg("svg", { width: w, height: h, viewBox: "0 0 " + w + " " + h, role: "img", "aria-label": "Roofline: arithmetic intensity and speed of each kernel" });
  for (var e = Math.ceil(y0); e <= y1; e++) {
    root.append(svg("line", { "class": "axis", x1: left, x2: w - right, y1: py(Math.pow(10, e)), y2: py(Math.pow(10, e)) }),
      svg("text", { x: left - 8, y: py(Math.pow(10, e)) + 4, "text-anchor": "end" }, scaled(Math.pow(10, e), "").replace(/\.0+ /, " ").trim()));
  }
  for (e = Math.ceil(x0); e <= x1; e++) {
    root.append(svg("line", { "class": "axis", x1: px(Math.pow(10, e)), x2: px(Math.pow(10, e)), y1: top, y2: h - bottom }),
      svg("text", { x: px(Math.pow(10, e)), y: h - bottom + 18, "text-anchor": "middle" }, e < 0 ? Math.pow(10, e).toFixed(-e) : String(Math.pow(10, e))));
  }
  root.append(svg("text", { x: left - 8, y: 12, "text-anchor": "end" }, "FLOP/s"),
    svg("text", { x: w - right, y: h - 6, "text-anchor": "end" }, "FLOP for each byte"));
  if (s.peak) { ceilings(root, s, px, py, { x0: Math.pow(10, x0), x1: Math.pow(10, x1), y0: Math.pow(10, y0), small: small, right: w - right }); }
  rows.forEach(function (r, i) {
    root.append(svg("circle", { "class": "point", "data-at": i, cx: px(intensity(r)).toFixed(1), cy: py(flopRate(r)).toFixed(1),
      r: (3.2 + (small ? 26 : 40) * Math.sqrt(r.t.ms / s.total) / 2).toFixed(1), fill: "var(--k" + r.box.k + ")", "fill-opacity": 0.75 }));
  });
  function over(ev) { hoverPoint(root, rows, ev); }
  root.addEventListener("pointermove", over);
  root.addEventListener("pointerdown", over);
  root.addEventListener("pointerleave", function () { hoverPoint(root, rows, null); });
  root.addEventListener("click", function (ev) {
    var at = ev.target.getAttribute("data-at");
    if (at !== null && ev.pointerType === "mouse") { goTo(2, rows[at].at, true); }
  });
  return root;
}

/** The peak of arithmetic, and what each memory feeds up to it. */
function ceilings(root, s, px, py, area) {
  var knee = Math.min.apply(null, s.memories.map(function (m) { return s.peak / m[1]; }));
  root.append(svg("path", { "class": "roof", d: "M" + px(Math.max(area.x0, knee)) + " " + py(s.peak) + "H" + area.right }),
    svg("text", { "class": "roof-text", x: area.right, y: py(s.peak) - 7, "text-anchor": "end" }, "peak " + scaled(s.peak, "FLOP/s")));
  s.memories.forEach(function (m, i) {
    var from = Math.max(area.x0, area.y0 / m[1]), to = Math.min(area.x1, s.peak / m[1]);
    if (to <= from) { return; }
    root.append(svg("path", { "class": "slope", d: "M" + px(from) + " " + py(from * m[1]) + "L" + px(to) + " " + py(to * m[1]) }));
    var at = Math.min(from * Math.pow(to / from, area.small ? 0.06 : 0.16 + 0.1 * i), to), angle = Math.atan2(py(2 * at * m[1]) - py(at * m[1]), px(2 * at) - px(at)) * 180 / Math.PI;
    if (!area.small || i === 0 || i === s.memories.length - 1) {
      root.append(svg("text", { transform: "translate(" + px(at).toFixed(1) + " " + (py(at * m[1]) - 6).toFixed(1) + ") rotate(" + angle.toFixed(1) + ")" }, (area.small ? m[0].replace(" read", "") : m[0]) + " " + scaled(m[1], "B/s")));
    }
  });
}

function hoverPoint(root, rows, e) {
  var old = root.querySelector(".on");
  if (old) { old.classList.remove("on"); }
  var at = e && e.target.getAttribute ? e.target.getAttribute("data-at") : null;
  if (at === null) { hideTip(); return; }
  e.target.classList.add("on");
  var r = rows[at];
  showTip(e.clientX, e.clientY, [
    el("strong", {}, r.box.t),
    el("div", {}, r.box.s),
    el("div", { "class": "soft" }, originText(r.box, 3)),
    el("div", {}, ms(r.t.ms) + ", " + percent(r.t.ms, data.speed.total) + " of the run"),
    el("div", {}, rate(r.t)),
    el("div", {}, (r.t.flops / r.t.bytes).toFixed(2) + " FLOP a byte, " + scaled(1000 * r.t.bytes / r.t.ms, "B/s"))
  ]);
}
