function figures() {
  $("model").textContent = data.model;
  $("target").textContent = "compiled for " + data.target + " by nncc " + data.nncc;
  if (profiles.length > 1) {
    $("profiles").append.apply($("profiles"), profiles.map(function (p) {
      return el("button", { type: "button", role: "tab", "aria-selected": String(p === data), on: { click: function () {
        location.hash = "profile=" + p.profile;
        location.reload();
      } } }, p.profile);
    }));
    $("profiles").hidden = false;
  }
  var m = data.memory;
  [
    ["Kernels", data.ladder.left.toLocaleString("en"), "of " + count(data.ladder.imported, "node")],
    ["Launches", data.launches.toLocaleString("en"), "of " + count(data.functions, "function")],
    ["Work", flops(data.flops), "a run"],
    data.speed ? ["Time", ms(data.speed.total), "a run, " + count(data.speed.threads, "thread")] : null,
    ["Arena", bytes(m.arena), "at least " + bytes(m.bound)],
    ["Weights", bytes(data.weights), "packed"],
    ["Code", bytes(data.code), "all functions"]
  ].filter(Boolean).forEach(function (f) {
    $("figures").append(el("div", {}, [el("dt", {}, f[0]), el("dd", {}, [f[1], el("small", {}, f[2])])]));
  });
  data.notes.forEach(function (n) { $("figures").after(el("p", { "class": "note" }, n)); });
}

function ladder() {
  var l = data.ladder, most = Math.max(1, l.imported, l.vertical, l.concat, l.horizontal);
  var factor = l.left > 0 ? l.imported / l.left : 0;
  $("ladder-lead").append(
    el("strong", { id: "ladder-from" }, count(l.imported, "node")), " of the model became ",
    el("strong", { id: "ladder-to" }, count(l.left, "kernel")),
    factor >= 1.05 ? ", " + factor.toFixed(1) + " times fewer" : "",
    ". A run makes " + count(data.launches, "launch", "launches") + " of " + count(data.functions, "different function") + ".");
  [
    ["Imported", l.imported, 0, "nodes, constants computed"],
    ["Vertical fusion", l.vertical, l.conversions, "an operator with what surrounds it"],
    ["Concat elimination", l.concat, l.copies + l.conversions, "parts are written in place"],
    ["Horizontal fusion", l.horizontal, l.copies + l.conversions, "siblings computed together"],
    l.left < l.horizontal ? ["Bands", l.left, l.copies + l.conversions, "neighbours in turn, a few rows at a time"] : null
  ].filter(Boolean).forEach(function (s) {
    var copy = Math.min(s[2], s[1]), scale = 100 / most;
    var track = el("div", { "class": "track" }, [
      el("div", { "class": copy ? "bar joined" : "bar", style: "width:calc((100% - 120px) * " + ((s[1] - copy) / most).toFixed(4) + ")" })
    ]);
    if (copy) {
      track.append(el("div", { "class": "bar copy", style: "width:calc((100% - 120px) * " + (copy / most).toFixed(4) + ")" }));
    }
    track.append(el("span", { "class": "value" }, [s[1].toLocaleString("en"), copy ? el("span", {}, copy === 1 ? "1 is a copy" : copy + " are copies") : ""]));
    $("ladder-bars").append(el("div", { "class": "name" }, s[0]), track);
  });
  $("ladder-note").append(
    "Each number counts kernels and every copy and layout conversion that is left: ",
    el("strong", {}, count(l.copies, "copy", "copies")), " and ",
    el("strong", {}, count(l.conversions, "conversion")),
    ". A concatenation that cannot be written in place is one copy for each part, so that step may raise the number.");
}

/** A table whose columns sort; rows appear in portions. */
function table(target, more, columns, rows, portion, make) {
  var sorted = rows.slice(), shown = portion, by = -1, down = true;
  var head = el("tr"), body = el("tbody");
  columns.forEach(function (c, i) {
    var b = el("button", { type: "button", on: { click: function () {
      down = by === i ? !down : c.number;
      by = i;
      sorted.sort(function (a, b) {
        var x = c.key(a), y = c.key(b), d = x < y ? -1 : x > y ? 1 : 0;
        return down ? -d : d;
      });
      Array.prototype.forEach.call(head.children, function (th, k) {
        if (k === i) { th.setAttribute("aria-sort", down ? "descending" : "ascending"); }
        else { th.removeAttribute("aria-sort"); }
      });
      draw();
    } } }, c.name);
    head.append(el("th", { "class": (c.number ? "n " : "") + (c.wide ? "wide-only" : "") }, b));
  });
  function draw() {
    body.replaceChildren.apply(body, sorted.slice(0, shown).map(make));
    if (more) {
      more.replaceChildren();
      if (shown < sorted.length) {
        more.append(el("button", { type: "button", "class": "more", on: { click: function () { shown = sorted.length; draw(); } } },
          "Show all " + sorted.length.toLocaleString("en")));
      }
    }
  }
  target.replaceChildren(el("thead", {}, head), body);
  draw();
}

function calls() {
  var rows = [];
  kernels.boxes.forEach(function (b, i) { if ((b.steps || []).length) { rows.push({ box: b, at: i }); } });
  var total = rows.reduce(function (s, r) { return s + sum(r.box, "flops"); }, 0);
  var most = rows.reduce(function (s, r) { return Math.max(s, sum(r.box, "flops")); }, 1);
  var speed = data.speed;
  $("calls-lead").textContent = "One row for each kernel, in the order of a run. Work counts multiplications and additions; "
    + "moved is what a kernel reads and writes beside its weights." + (speed ? "" : " With --time the report measures the kernels too.");
  function time(r) { return timed(r.box).ms; }
  function speedOf(r) { return timed(r.box).flops / time(r); }
  function value(what) { return function (r) { return sum(r.box, what); }; }
  function code(r) { return r.box.steps.reduce(function (s, x) { return s + x.code / x.calls; }, 0); }
  if (speed) { most = rows.reduce(function (s, r) { return Math.max(s, time(r)); }, 1e-9); }
  table($("calls-table"), $("calls-more"), [
    { name: "Call", number: true, key: function (r) { return r.box.steps[0].step; } },
    { name: "Kernel", key: function (r) { return r.box.t; } },
    { name: "Result", wide: true, key: function (r) { return r.box.s; } }
  ].concat(speed ? [
    { name: "Time", number: true, key: time },
    { name: "Share", key: time, wide: true },
    { name: "GFLOP/s", number: true, key: speedOf }
  ] : [
    { name: "Work", number: true, key: value("flops") },
    { name: "Share", key: value("flops"), wide: true }
  ], [
    { name: "Moved", number: true, wide: true, key: value("moved") },
    { name: "Weights", number: true, wide: !!speed, key: value("weights") },
    { name: "Code", number: true, wide: true, key: code }
  ]), rows, 60, function (r) {
    var b = r.box, shared = b.steps.some(function (s) { return s.calls > 1; });
    var part = speed ? time(r) : sum(b, "flops"), whole = speed ? speed.total : total;
    return el("tr", { "class": "pick", on: { click: function () { goTo(2, r.at, true); } } }, [
      el("td", { "class": "n" }, b.steps[0].step + (b.steps.length > 1 ? "–" + b.steps[b.steps.length - 1].step : "")),
      el("td", {}, [el("span", { "class": "dot", style: "background:var(--k" + b.k + ")" }), b.t, el("span", { "class": "from" }, originText(b, 3))]),
      el("td", { "class": "wide-only" }, b.s),
      el("td", { "class": "n" }, speed ? ms(part) : flops(part)),
      el("td", { "class": "wide-only" }, [el("span", { "class": "share", style: "width:" + (90 * part / most).toFixed(1) + "px" }), percent(part, whole)]),
      speed ? el("td", { "class": "n" }, speedOf(r) ? (speedOf(r) / 1e6).toFixed(1) : "–") : "",
      el("td", { "class": "n wide-only" }, bytes(sum(b, "moved"))),
      el("td", { "class": speed ? "n wide-only" : "n" }, sum(b, "weights") ? bytes(sum(b, "weights")) : "–"),
      el("td", { "class": "n wide-only", title: shared ? "shared with other calls; their part of it" : "" }, (shared ? "÷ " : "") + bytes(code(r)))
    ]);
  });
}

function passes() {
  var rows = data.passes.map(function (p, i) { p.at = i; return p; });
  table($("passes-table"), null, [
    { name: "", number: true, key: function (p) { return p.at; } },
    { name: "Pass", key: function (p) { return p.pass; } },
    { name: "What it does", key: function (p) { return p.what; }, wide: true },
    { name: "Rules", number: true, key: function (p) { return p.rules; } },
    { name: "Nodes", number: true, key: function (p) { return p.after - p.before; } }
  ], rows, 1000, function (p) {
    return el("tr", {}, [
      el("td", { "class": "n" }, p.at + 1),
      el("td", {}, [p.pass, el("span", { "class": "from" }, p.stage)]),
      el("td", { "class": "wide-only" }, p.what),
      el("td", { "class": "n" }, p.rules || "–"),
      el("td", { "class": "n" }, p.before === p.after ? p.after : p.before + " → " + p.after)
    ]);
  });
}

function application(rule, a) {
  var p = data.passes[a[1]];
  return el("div", { "class": "app" }, [
    el("p", { "class": "head" }, "No. " + a[0].toLocaleString("en") + (rule ? ", " + rule : "") + (p ? ", in " + p.pass : "") + (a[4] ? ": " + (a[4].length > 160 ? a[4].slice(0, 159) + "…" : a[4]) : "")),
    el("div", { "class": "sides" }, [el("pre", { "class": "before" }, a[2]), el("pre", { "class": "after" }, a[3])])
  ]);
}

/** Appends items in portions, so that thousands of them cost nothing until they are wanted. */
function portions(to, items, size, make, rest) {
  var at = 0, button = el("button", { type: "button", "class": "more" });
  function next() {
    button.remove();
    items.slice(at, at + size).forEach(function (x) { to.append(make(x)); });
    at = Math.min(items.length, at + size);
    if (at < items.length) {
      button.textContent = "Show " + Math.min(size, items.length - at) + " more of " + items.length.toLocaleString("en");
      to.append(button);
    } else if (rest) { to.append(el("p", { "class": "small" }, rest)); }
  }
  button.addEventListener("click", next);
  next();
}

/** When, among all applications, those of a rule happened. */
function spark(shown) {
  var n = Math.max(1, data.applications), w = 200;
  var d = shown.map(function (a) { return "M" + (w * (a[0] - 0.5) / n).toFixed(1) + " 1V13"; }).join("");
  return svg("svg", { "class": "spark", viewBox: "0 0 " + w + " 14", preserveAspectRatio: "none", "aria-hidden": "true" }, [
    svg("path", { d: "M0 13.5H" + w, stroke: "var(--line)", "vector-effect": "non-scaling-stroke" }),
    svg("path", { d: d, stroke: "var(--accent)", "stroke-width": 1.2, "vector-effect": "non-scaling-stroke" })
  ]);
}

function rules() {
  var list = data.rules.slice().sort(function (a, b) { return b.count - a.count; });
  $("rules-lead").append(
    el("strong", {}, count(data.rules.length, "rule")), data.rules.length === 1 ? " was applied " : " were applied ",
    el("strong", {}, count(data.applications, "time")), ". The ticks show when, from the first application to the last.");
  if (list.length === 0) { $("rules-list").append(el("p", { "class": "small" }, "No rule fitted.")); return; }
  list.forEach(function (r) {
    var d = el("details", {}, el("summary", {}, [r.name, el("span", { "class": "count" }, count(r.count, "time")), spark(r.shown)]));
    d.addEventListener("toggle", function () {
      if (d.open && d.children.length === 1) {
        var left = r.count - r.shown.length;
        portions(d, r.shown, 20, function (a) { return application("", a); }, left > 0 ? left.toLocaleString("en") + " later ones are not listed." : "");
      }
    });
    $("rules-list").append(d);
  });
  var all = [];
  data.rules.forEach(function (r) { r.shown.forEach(function (a) { all.push([r.name, a]); }); });
  all.sort(function (a, b) { return a[1][0] - b[1][0]; });
  var order = el("details", {}, el("summary", {}, [el("span", { "class": "soft" }, "All in order"), el("span", { "class": "count" }, count(data.applications, "time"))]));
  order.addEventListener("toggle", function () {
    if (order.open && order.children.length === 1) {
      portions(order, all, 50, function (a) { return application(a[0], a[1]); }, "");
    }
  });
  $("rules-list").append(order);
}
