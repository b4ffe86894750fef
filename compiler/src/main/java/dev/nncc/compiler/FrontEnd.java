package dev.nncc.compiler;

import dev.nncc.compiler.CompileOptions.Stage;
import dev.nncc.graph.Graph;
import dev.nncc.graph.text.GraphPrinter;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.Pipeline;
import dev.nncc.passes.standard.KernelLadder;
import dev.nncc.tensor.lower.Lowerings;
import dev.nncc.tensor.placement.Placement;
import dev.nncc.tensor.plan.Bands;
import dev.nncc.tensor.plan.Rematerialisation;
import dev.nncc.tensor.plan.RunPlan;
import dev.nncc.tensor.plan.WeightTable;
import dev.nncc.tensor.text.Printer;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * From an imported graph to a run plan: the stages that each shape profile goes through by itself.
 * Profiles meet in the table of weights.
 */
final class FrontEnd {
  private final CompileOptions options;
  private final CompileListener listener;
  private final Stages stages;
  private final WeightTable weights;
  private final Parts parts;

  FrontEnd(
      CompileOptions options,
      CompileListener listener,
      Stages stages,
      WeightTable weights,
      Parts parts) {
    this.options = options;
    this.listener = listener;
    this.stages = stages;
    this.weights = weights;
    this.parts = parts;
  }

  /** Empty when the user stops before the plan is made. */
  Optional<PlannedProfile> plan(String profile, Graph imported, Report.OfProfile report) {
    if (stages.ended(Stage.IMPORT, () -> GraphPrinter.print(imported))) {
      return Optional.empty();
    }
    Optional<Graph> fused = passes(imported, report);
    return fused.flatMap(g -> planned(profile, g, report));
  }

  /** Places and plans a graph that has gone through the passes. */
  Optional<PlannedProfile> planned(String profile, Graph fused, Report.OfProfile report) {
    Placement first = placed(fused);
    Optional<Graph> shorter =
        Rematerialisation.shorter(fused, first, this::placed, options.memory().arena());
    Placement apart = shorter.map(this::placed).orElse(first);
    Placement placement = Bands.join(apart, Lowerings.all());
    report.joined(apart.graph().nodes().size() - placement.graph().nodes().size());
    report.again(shorter.map(g -> g.nodes().size() - fused.nodes().size()).orElse(0));
    report.copies(placement);
    if (stages.ended(Stage.LAYOUT, () -> GraphPrinter.print(placement.graph()))) {
      return Optional.empty();
    }
    int prepared = weights.preparations().size();
    RunPlan plan = parts.planner().plan(placement, options.memory().arena(), weights);
    report.plan(plan);
    List<RunPlan.Step> all = weights.preparations();
    List<RunPlan.Step> more = all.subList(prepared, all.size());
    if (stages.ended(Stage.LOWER, () -> kernels(more) + kernels(plan.steps()))) {
      return Optional.empty();
    }
    return Optional.of(new PlannedProfile(profile, fused, placement, plan));
  }

  private Placement placed(Graph fused) {
    try {
      return Placement.of(fused, options.memory().states(), options.kernels().winograd());
    } catch (IllegalArgumentException e) {
      throw new CompileException(String.valueOf(e.getMessage()));
    }
  }

  /** The graph after all passes; empty when the user stops before. */
  private Optional<Graph> passes(Graph graph, Report.OfProfile report) {
    PassContext context = new PassContext(options.passes(), listener.rules());
    KernelLadder.Recorder recorder = new KernelLadder.Recorder(listener.pipeline());
    Graph g = graph;
    for (Pipeline.Stage s : parts.pipeline().apply(options.passes()).stages()) {
      g = Pipeline.of(s).run(g, context, recorder);
      Graph now = g;
      Stage stage = Stage.valueOf(s.name().toUpperCase(Locale.ROOT));
      if (stages.ended(stage, () -> GraphPrinter.print(now))) {
        return Optional.empty();
      }
    }
    report.ladder(recorder.ladder());
    return Optional.of(g);
  }

  private static String kernels(List<RunPlan.Step> steps) {
    StringBuilder s = new StringBuilder();
    for (RunPlan.Step step : steps) {
      s.append("// ").append(step.origin()).append('\n');
      s.append(Printer.print(step.phase().kernel())).append('\n');
    }
    return s.toString();
  }
}
