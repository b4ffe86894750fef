var data = JSON.parse(document.getElementById("data").textContent);

/** Shape profiles in their order; the address may name one: #profile=batch=4. */
var profiles = [data].concat(data.others).sort(function (a, b) { return a.number - b.number; });
profiles.forEach(function (p) {
  if (decodeURIComponent(location.hash) === "#profile=" + p.profile) { data = p; }
});

function $(id) { return document.getElementById(id); }

/** An element with text or children; text is never read as HTML. */
function el(tag, attributes, children) {
  var e = document.createElement(tag);
  for (var name in attributes || {}) {
    if (name === "on") {
      for (var event in attributes.on) { e.addEventListener(event, attributes.on[event]); }
    } else { e.setAttribute(name, attributes[name]); }
  }
  [].concat(children === undefined ? [] : children).forEach(function (c) {
    e.append(c instanceof Node ? c : document.createTextNode(String(c)));
  });
  return e;
}

function svg(tag, attributes, children) {
  var e = document.createElementNS("http" + "://www.w3.org/2000/svg", tag);
  for (var name in attributes || {}) { e.setAttribute(name, attributes[name]); }
  [].concat(children === undefined ? [] : children).forEach(function (c) {
    e.append(c instanceof Node ? c : document.createTextNode(String(c)));
  });
  return e;
}

function scaled(n, unit) {
  var prefixes = ["", "k", "M", "G", "T", "P"], i = 0;
  while (n >= 999.5 && i < prefixes.length - 1) { n /= 1000; i++; }
  return (i === 0 ? String(Math.round(n)) : n < 9.995 ? n.toFixed(2) : n.toFixed(1)) + " " + prefixes[i] + unit;
}
function bytes(n) { return scaled(n, "B"); }
function flops(n) { return scaled(n, "FLOP"); }
function count(n, one, many) { return n.toLocaleString("en") + " " + (n === 1 ? one : many || one + "s"); }
function percent(part, whole) { return whole > 0 ? (100 * part / whole).toFixed(1) + " %" : ""; }
function css(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }

var kernels = data.graphs[2];
/** Sums over the calls of a kernel. */
function sum(box, what) {
  return (box.steps || []).reduce(function (s, step) { return s + step[what]; }, 0);
}
function stepText(box) {
  var s = box.steps || [];
  if (s.length === 0) { return "no call"; }
  return s.length === 1 ? "call " + s[0].step : "calls " + s[0].step + " to " + s[s.length - 1].step;
}
function originText(box, limit) {
  var names = (box.from || []).map(function (f) { return f.split("  ")[0]; });
  return names.slice(0, limit).join(", ") + (names.length > limit ? ", and " + (names.length - limit) + " more" : "");
}

var tip = $("tip");
function showTip(x, y, children) {
  tip.replaceChildren.apply(tip, children);
  tip.hidden = false;
  var r = tip.getBoundingClientRect();
  tip.style.left = Math.max(8, Math.min(x + 16, innerWidth - r.width - 8)) + "px";
  tip.style.top = (y + 20 + r.height > innerHeight ? Math.max(8, y - r.height - 14) : y + 18) + "px";
}
function hideTip() { tip.hidden = true; }
