package dev.nncc.benchmarks;

import dev.nncc.graph.Tensor;
import dev.nncc.runtime.Context;
import dev.nncc.runtime.Model;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a fresh process needs until it has a first result; runs as a process of its own. */
final class FirstRun {
  /** The word that starts it, followed by the library. */
  static final String COMMAND = "first-run";

  private static final int RUNS = 20;

  private FirstRun() {}

  /**
   * Loads and runs a library. Making up the inputs is not counted.
   *
   * @return milliseconds of loading up to a context, of the first run, and the median of later runs
   */
  static String measure(Path library) {
    long start = System.nanoTime();
    try (Model model = Model.load(library);
        Context context = model.newContext()) {
      long loaded = System.nanoTime();
      List<Tensor> inputs = Subject.random(model);
      for (int i = 0; i < inputs.size(); i++) {
        context.input(i).duplicate().put(inputs.get(i).payload().bytes());
      }
      long before = System.nanoTime();
      context.run();
      long first = System.nanoTime() - before;
      List<Long> later = new ArrayList<>();
      for (int i = 0; i < RUNS; i++) {
        long at = System.nanoTime();
        context.run();
        later.add(System.nanoTime() - at);
      }
      later.sort(null);
      return String.format(
          Locale.ROOT,
          "%.4f %.4f %.4f",
          (loaded - start) / 1e6,
          first / 1e6,
          later.get(RUNS / 2) / 1e6);
    }
  }
}
