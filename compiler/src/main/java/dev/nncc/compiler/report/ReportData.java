package dev.nncc.compiler.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nncc.compiler.Anatomy;
import dev.nncc.compiler.CompileReport;
import dev.nncc.compiler.Version;
import dev.nncc.graph.Node;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Value;
import dev.nncc.tensor.plan.MemoryPlan;
import dev.nncc.tensor.plan.RunPlan;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The data of a page, as its script reads it. */
final class ReportData {
  private static final int NAME = 120;

  private final ReportRecorder.Material material;
  private final Anatomy anatomy;
  private final ObjectNode root = JsonNodeFactory.instance.objectNode();

  private ReportData(ReportRecorder.Material material) {
    this.material = material;
    this.anatomy = material.anatomy();
  }

  static ObjectNode of(ReportRecorder.Material material, Optional<Speed> speed) {
    ReportData d = new ReportData(material);
    d.figures();
    d.graphs();
    d.memory();
    d.rules();
    speed.ifPresent(s -> d.speed(s));
    return d.root;
  }

  /**
   * The data of all shape profiles: that of {@code first} with what was measured, the others beside
   * it.
   */
  static ObjectNode of(
      ReportRecorder.Material first, List<ReportRecorder.Material> all, Optional<Speed> speed) {
    ObjectNode root = of(first, speed);
    ArrayNode others = root.putArray("others");
    for (ReportRecorder.Material m : all) {
      if (m.profile() != first.profile()) {
        others.add(of(m, Optional.empty()));
      }
    }
    return root;
  }

  private void figures() {
    CompileReport all = anatomy.report();
    CompileReport.Profile r = all.profiles().get(material.profile());
    root.put("model", all.model()).put("target", all.target()).put("nncc", Version.TEXT);
    root.put("profile", r.name()).put("number", material.profile());
    root.putObject("ladder")
        .put("imported", r.kernels().imported())
        .put("vertical", r.kernels().vertical())
        .put("concat", r.kernels().concat())
        .put("horizontal", r.kernels().horizontal())
        .put("copies", r.kernels().copies())
        .put("conversions", r.kernels().conversions())
        .put("left", r.kernels().left());
    root.put("launches", r.launches()).put("functions", all.distinctKernels());
    root.put("flops", r.flops()).put("weights", all.weightBytes()).put("code", all.codeBytes());
    ArrayNode kinds = root.putArray("kinds");
    for (Kinds k : Kinds.values()) {
      kinds.add(k.legend());
    }
    material.notes().forEach(root.putArray("notes")::add);
  }

  private void graphs() {
    Map<Node, Integer> kernelBoxes = new LinkedHashMap<>();
    ObjectNode kernels =
        GraphData.of("Kernels", anatomy.placement().graph(), new KernelFacts(anatomy), kernelBoxes);
    Map<Origin.Source, List<Integer>> ofSource = new LinkedHashMap<>();
    kernelBoxes.forEach(
        (n, box) ->
            n.origin()
                .sources()
                .forEach(s -> ofSource.computeIfAbsent(s, k -> new ArrayList<>()).add(box)));
    SourceFacts facts = new SourceFacts(ofSource);
    ArrayNode graphs = root.putArray("graphs");
    graphs.add(GraphData.of("Imported", material.imported(), facts, new LinkedHashMap<>()));
    graphs.add(GraphData.of("Simplified", material.simplified(), facts, new LinkedHashMap<>()));
    graphs.add(kernels);
    ArrayNode steps = root.putArray("steps");
    for (RunPlan.Step s : anatomy.plan().steps()) {
      Integer box = kernelBoxes.get(s.node());
      steps.add(box == null ? -1 : box);
    }
  }

  /** The arena: each value with its offset and the steps between which it is needed. */
  private void memory() {
    RunPlan plan = anatomy.plan();
    MemoryPlan m = plan.memory();
    ObjectNode o = root.putObject("memory");
    o.put("mode", m.mode().text()).put("arena", m.bytes()).put("bound", m.lowerBound());
    Map<String, Value> roots = new LinkedHashMap<>();
    anatomy.placement().arenaRoots().forEach(v -> roots.put(v.toString(), v));
    KernelFacts facts = new KernelFacts(anatomy);
    ArrayNode items = o.putArray("items");
    for (MemoryPlan.Allocation a : m.allocations()) {
      Value v = roots.get(a.name());
      ArrayNode row = items.addArray();
      row.add(NodeText.cut(v == null ? a.name() : NodeText.value(v), NAME));
      row.add(a.offset()).add(a.bytes()).add(a.first()).add(a.last());
      row.add(v == null ? "" : NodeText.type(v.type()));
      row.add(v == null ? "between the calls of a kernel" : facts.layout(v));
    }
    m.live().forEach(o.putArray("live")::add);
  }

  private void speed(Speed s) {
    if (s.times().kernels().size() != anatomy.plan().steps().size()) {
      throw new IllegalStateException("times of another plan");
    }
    s.addTo(root);
  }

  private void rules() {
    RuleLog log = material.log();
    ArrayNode passes = root.putArray("passes");
    for (RuleLog.PassRun p : log.passes()) {
      passes
          .addObject()
          .put("stage", p.stage())
          .put("pass", p.pass())
          .put("what", p.description())
          .put("before", p.before())
          .put("after", p.after())
          .put("rules", p.rules());
    }
    root.put("applications", log.applications());
    ArrayNode rules = root.putArray("rules");
    log.rules()
        .forEach(
            (name, rule) -> {
              ArrayNode shown =
                  rules.addObject().put("name", name).put("count", rule.count()).putArray("shown");
              for (RuleLog.Shown s : rule.shown()) {
                shown
                    .addArray()
                    .add(s.number())
                    .add(s.pass())
                    .add(s.before())
                    .add(s.after())
                    .add(s.origin());
              }
            });
  }
}
