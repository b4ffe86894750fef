package dev.nncc.compiler;

import dev.nncc.passes.standard.KernelLadder;
import dev.nncc.tensor.placement.Placement;
import dev.nncc.tensor.plan.RunPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Collects the figures of a compilation while it runs. */
final class Report {
  private final String model;
  private final String target;
  private final List<String> notes;
  private final List<Path> files = new ArrayList<>();
  private CompileReport.Ladder ladder = new CompileReport.Ladder(0, 0, 0, 0, 0, 0);
  private int copies;
  private int conversions;
  private int launches;
  private int functions;
  private double flops;
  private long arena;
  private long lowerBound;
  private long weights;
  private long code;
  private long library;

  Report(String model, String target, List<String> notes) {
    this.model = model;
    this.target = target;
    this.notes = notes;
  }

  /** The graph's own steps; what storage could not make views of comes on top later. */
  void ladder(KernelLadder counted) {
    ladder =
        new CompileReport.Ladder(
            counted.imported(), counted.vertical(), counted.concat(), counted.horizontal(), 0, 0);
  }

  /** Kernels that only move data: parts of concatenations, slices, reshapes, changes of layout. */
  void copies(Placement placement) {
    copies = placement.copies();
    conversions = placement.conversions();
  }

  void plan(RunPlan plan) {
    launches = plan.steps().size();
    arena = plan.memory().bytes();
    lowerBound = plan.memory().lowerBound();
    weights = plan.weightBytes();
    flops = plan.steps().stream().mapToDouble(s -> s.phase().flops()).sum();
  }

  void code(List<byte[]> objects, int distinct) {
    functions = distinct;
    code = objects.stream().mapToLong(o -> o.length).sum();
  }

  void files(List<Path> written) throws IOException {
    files.addAll(written);
    for (Path p : written) {
      if (p.toString().endsWith(".so")) {
        library = Files.size(p);
      }
    }
  }

  CompileReport done(Map<String, Double> seconds) {
    Map<String, Double> all = new LinkedHashMap<>(seconds);
    all.put("total", seconds.values().stream().mapToDouble(Double::doubleValue).sum());
    CompileReport.Ladder counted =
        new CompileReport.Ladder(
            ladder.imported(),
            ladder.vertical() + conversions,
            ladder.concat() + copies + conversions,
            ladder.horizontal() + copies + conversions,
            copies,
            conversions);
    return new CompileReport(
        model,
        target,
        counted,
        launches,
        functions,
        flops,
        arena,
        lowerBound,
        weights,
        code,
        library,
        all,
        List.copyOf(files),
        notes);
  }
}
