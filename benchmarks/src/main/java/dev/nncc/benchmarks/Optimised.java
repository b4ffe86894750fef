package dev.nncc.benchmarks;

import dev.nncc.compiler.CompileListener;
import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.CompileOptions.Stage;
import dev.nncc.compiler.CompileReport;
import dev.nncc.compiler.Compiler;
import dev.nncc.tensor.plan.ArenaMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What the optimiser makes of a model: kernels, memory, sizes, and the time that it takes. All in
 * this process, whose code is warm after the first models.
 *
 * @param folder for the library, which is deleted again
 */
record Optimised(Subject subject, Path folder) {
  /** The most kernels that a model of the zoo is to take. */
  static final Map<String, Integer> GOALS =
      Map.of(
          "googlenet", 57,
          "resnet50", 56,
          "resnet50-v1", 53,
          "resnet152", 158,
          "resnet152-v1", 155,
          "vgg19", 25,
          "inception-v3", 91,
          "bert-base", 7 * 12 + 6);

  private static final int RUNS = 3;
  private static final List<Stage> OPTIMISER =
      List.of(Stage.CANONICALISE, Stage.SIMPLIFY, Stage.FUSE);

  Results.Ladder measure(Results.Origin origin) throws IOException {
    CompileOptions options = CompileOptions.DEFAULT.withImports(subject.imports());
    List<Double> optimiser = new ArrayList<>();
    for (int i = 0; i < RUNS; i++) {
      Map<String, Double> seconds = compile(options.withStopAfter(Stage.FUSE)).seconds();
      optimiser.add(OPTIMISER.stream().mapToDouble(s -> seconds.getOrDefault(s.text(), 0.0)).sum());
    }
    optimiser.sort(null);
    CompileReport small =
        compile(
            options
                .withMemory(options.memory().withArena(ArenaMode.SMALL))
                .withStopAfter(Stage.LOWER));
    CompileReport r;
    try {
      r = compile(options);
    } finally {
      delete(folder);
    }
    return new Results.Ladder(
        subject.name(),
        origin,
        r.kernels(),
        r.launches(),
        r.distinctKernels(),
        r.arenaBytes(),
        small.arenaBytes(),
        small.arenaLowerBoundBytes(),
        r.weightBytes(),
        r.codeBytes(),
        optimiser.get(RUNS / 2),
        r.seconds().getOrDefault("total", 0.0),
        "");
  }

  private CompileReport compile(CompileOptions options) throws IOException {
    return new Compiler(CompileListener.NONE).compile(subject.file(), folder, options);
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path p : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(p);
      }
    }
  }
}
