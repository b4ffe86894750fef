package dev.nncc.compiler;

import dev.nncc.codegen.llvm.plan.StateSpec;
import dev.nncc.passes.standard.KernelLadder;
import dev.nncc.tensor.placement.Placement;
import dev.nncc.tensor.plan.RunPlan;
import dev.nncc.tensor.plan.WeightTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Collects the figures of a compilation while it runs. */
final class Report {
  private final String model;
  private final String target;
  private final String precision;
  private final Set<String> notes = new LinkedHashSet<>();
  private final List<OfProfile> profiles = new ArrayList<>();
  private final List<Path> files = new ArrayList<>();
  private List<String> states = List.of();
  private int functions;
  private long weights;
  private long winograd;
  private long prepared;
  private long code;
  private long library;

  Report(String model, String target, String precision) {
    this.model = model;
    this.target = target;
    this.precision = precision;
  }

  /** Figures of the next profile. */
  OfProfile profile(String name, List<String> itsNotes) {
    notes.addAll(itsNotes);
    OfProfile profile = new OfProfile(name);
    profiles.add(profile);
    return profile;
  }

  /** What belongs to the shapes of one profile. */
  static final class OfProfile {
    private final String name;
    private CompileReport.Ladder ladder = new CompileReport.Ladder(0, 0, 0, 0, 0, 0, 0);
    private int again;
    private int joined;
    private int copies;
    private int conversions;
    private int launches;
    private double flops;
    private long arena;
    private long lowerBound;

    private OfProfile(String name) {
      this.name = name;
    }

    /** The graph's own steps; what storage could not make views of comes on top later. */
    void ladder(KernelLadder counted) {
      ladder =
          new CompileReport.Ladder(
              counted.imported(),
              counted.vertical(),
              counted.concat(),
              counted.horizontal(),
              0,
              0,
              0);
    }

    /**
     * Kernels that only move data: parts of concatenations, slices, reshapes, changes of layout.
     */
    void copies(Placement placement) {
      copies = placement.copies();
      conversions = placement.conversions();
    }

    /** Regions that are computed once more. */
    void again(int regions) {
      again = regions;
    }

    /** Pairs of regions that bands make one kernel. */
    void joined(int pairs) {
      joined = pairs;
    }

    void plan(RunPlan plan) {
      launches = plan.launches();
      arena = plan.memory().bytes();
      lowerBound = plan.memory().lowerBound();
      flops = plan.steps().stream().mapToDouble(s -> s.phase().flops() * s.phase().rounds()).sum();
    }

    private CompileReport.Profile done() {
      CompileReport.Ladder counted =
          new CompileReport.Ladder(
              ladder.imported(),
              ladder.vertical() + conversions,
              ladder.concat() + copies + conversions,
              ladder.horizontal() + again + copies + conversions,
              copies,
              conversions,
              joined);
      return new CompileReport.Profile(name, counted, launches, flops, arena, lowerBound);
    }
  }

  void weights(WeightTable table) {
    weights = table.bytes();
    winograd = table.winogradBytes();
    prepared = table.preparedBytes();
  }

  void states(List<StateSpec> of) {
    states = of.stream().map(s -> s.past().name()).toList();
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
    List<CompileReport.Profile> figures = profiles.stream().map(OfProfile::done).toList();
    CompileReport.Profile most =
        figures.stream().max(Comparator.comparing(CompileReport.Profile::flops)).orElseThrow();
    return new CompileReport(
        model,
        target,
        precision,
        most.kernels(),
        most.launches(),
        functions,
        most.flops(),
        most.arenaBytes(),
        most.arenaLowerBoundBytes(),
        weights,
        winograd,
        prepared,
        code,
        library,
        all,
        List.copyOf(files),
        List.copyOf(notes),
        states,
        figures);
  }
}
