function memory() {
  var m = data.memory, live = m.live, peak = 0;
  live.forEach(function (v, i) { if (v > live[peak]) { peak = i; } });
  if (!m.items.length) {
    $("memory-lead").textContent = "No value needs memory between two calls: the kernels read the caller's inputs and write the caller's outputs.";
    return;
  }
  $("memory-lead").append(
    count(m.items.length, "value") + " share an arena of ", el("strong", {}, bytes(m.arena)), ". At call " + peak + ", ",
    el("strong", { id: "peak", "data-bytes": live[peak] }, bytes(live[peak])),
    " are alive at one time, which is the lower bound: " + (m.arena === m.bound ? "the plan meets it." : "the plan takes " + percent(m.arena - m.bound, m.bound) + " more."),
    m.mode === "fast" && m.arena > m.bound ? " Values with borders keep their places, so that a border is written once for all runs; --arena small uses every place again." : "");
  $("plot-note").append(
    "Across: the " + count(data.steps.length, "call") + " of a run. Upwards: bytes in the arena, coloured by the kernel that writes them. Below: the sum of what is alive at each call. ",
    el("i", { "class": "key bound" }), " the largest of these sums. Inputs and outputs lie in the caller's memory.");
  var width = 0;
  function draw() {
    var w = $("plot").clientWidth;
    if (w === width || w === 0) { return; }
    width = w;
    $("plot").replaceChildren(plot(w, live));
  }
  draw();
  addEventListener("resize", draw);
}

function ticks(most, wanted) {
  var raw = most / wanted, unit = Math.pow(10, Math.floor(Math.log10(raw)));
  var step = [1, 2, 5, 10].map(function (f) { return f * unit; }).find(function (s) { return s >= raw; });
  var out = [];
  for (var t = 0; t <= most * 1.0001; t += step) { out.push(t); }
  return out;
}

function plot(w, live) {
  var m = data.memory, n = Math.max(1, data.steps.length);
  var h = Math.max(240, Math.min(420, w * 0.5)), left = 62, right = 6, top = 18, bottom = 26;
  var most = Math.max(m.arena, m.bound, 1);
  function x(step) { return left + (w - left - right) * step / n; }
  function y(offset) { return top + (h - top - bottom) * (1 - offset / most); }
  var root = svg("svg", { width: w, height: h + 70, viewBox: "0 0 " + w + " " + (h + 70), role: "img", "aria-label": "Places of values in the arena over the calls of a run" });
  ticks(most, 4).forEach(function (t) {
    root.append(svg("line", { "class": "axis", x1: left, x2: w - right, y1: y(t), y2: y(t) }),
      svg("text", { x: left - 9, y: y(t) + 4, "text-anchor": "end" }, t === 0 ? "0" : bytes(t)));
  });
  ticks(n, w < 500 ? 4 : 8).forEach(function (t) {
    if (t === Math.round(t) && t < n) {
      root.append(svg("text", { x: x(t + 0.5), y: h - 7, "text-anchor": "middle" }, t));
    }
  });
  m.items.forEach(function (item, i) {
    var box = kernels.boxes[data.steps[item[3]]], k = box ? box.k : 8;
    var wide = x(item[4] + 1) - x(item[3]), high = y(item[1]) - y(item[1] + item[2]);
    root.append(svg("rect", { "class": "item", "data-at": i, x: x(item[3]), width: wide, y: y(item[1] + item[2]), height: Math.max(0.8, high), fill: "var(--k" + k + ")", "fill-opacity": 0.82 }));
    if (wide > 70 && high > 17) {
      var room = Math.floor(wide / 6.3) - 2, name = item[0].length > room ? item[0].slice(0, room - 1) + "…" : item[0];
      root.append(svg("text", { "class": "inside", x: x(item[3]) + 5, y: y(item[1] + item[2]) + Math.min(high / 2 + 4, 16) }, name));
    }
  });
  root.append(svg("line", { "class": "bound", x1: left, x2: w - right, y1: y(m.bound), y2: y(m.bound), "pointer-events": "none" }),
    svg("text", { "class": "bound-text", x: w - right, y: y(m.bound) - 6, "text-anchor": "end" }, "at least " + bytes(m.bound)));
  root.append(svg("text", { x: left - 9, y: h + 40, "text-anchor": "end" }, "alive"));
  var base = h + 66, peak = Math.max(1, m.bound), d = "M" + left + " " + base;
  live.forEach(function (v, i) { d += "V" + (base - 54 * v / peak).toFixed(1) + "H" + x(i + 1).toFixed(1); });
  root.append(svg("path", { "class": "live", d: d + "V" + base + "Z" }),
    svg("line", { "class": "bound", x1: left, x2: w - right, y1: base - 54, y2: base - 54 }));
  root.addEventListener("pointermove", function (e) { hoverItem(root, e); });
  root.addEventListener("pointerdown", function (e) { hoverItem(root, e); });
  root.addEventListener("pointerleave", function () { hoverItem(root, null); });
  root.addEventListener("click", function (e) {
    var at = e.target.getAttribute("data-at");
    if (at !== null && e.pointerType === "mouse") { goTo(2, data.steps[m.items[at][3]], true); }
  });
  return root;
}

function hoverItem(root, e) {
  var old = root.querySelector(".on");
  if (old) { old.classList.remove("on"); }
  var at = e && e.target.getAttribute ? e.target.getAttribute("data-at") : null;
  if (at === null) { hideTip(); return; }
  e.target.classList.add("on");
  var i = data.memory.items[at];
  showTip(e.clientX, e.clientY, [
    el("strong", {}, i[0]),
    el("div", {}, i[5] ? i[5] : ""),
    el("div", { "class": "soft" }, i[6]),
    el("div", {}, bytes(i[2]) + " at offset " + i[1].toLocaleString("en")),
    el("div", { "class": "soft" }, i[3] === i[4] ? "during call " + i[3] : "from call " + i[3] + " to " + i[4])
  ]);
}
