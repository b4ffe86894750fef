package dev.nncc.compiler.tune;

import dev.nncc.compiler.CompileException;
import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.Compiler;
import dev.nncc.compiler.Tuning;
import dev.nncc.graph.Graph;
import dev.nncc.runtime.NnccException;
import dev.nncc.tensor.schedule.Deviation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Searches faster schedules for the kernels of a model by measuring them where they run: the model
 * is compiled with every kernel as the rule makes it, then again with every kernel as one deviation
 * makes it, and both take turns with a clock around each kernel. Of all deviations each kernel
 * keeps the fastest, when it is clearly faster than the rule.
 *
 * @param seconds in all; what has not been tried then is left out
 * @param threads of the runs
 * @param scratch folder for libraries
 */
public record Tuner(double seconds, int threads, Path scratch) {
  private static final int BLOCKS = 6;

  /** Of a block, at least. */
  private static final double SHORTEST = 0.03;

  /** A schedule is kept below this share of the rule's time, and below the second in the end. */
  private static final double CLEARLY = 0.98;

  private static final double CONFIRMED = 0.995;

  /** Hears what goes on. */
  public interface Listener {
    void at(String what, int done, int total);
  }

  /**
   * What a search found.
   *
   * @param tuning of the kernels that have become faster
   * @param kernels of the model, the distinct ones
   * @param rule milliseconds of all kernels of a run as the rule makes them
   * @param tuned the same with the schedules that were found
   */
  public record Result(Tuning tuning, int kernels, double rule, double tuned) {}

  /** A schedule of a kernel that is faster than the rule's. */
  private record Found(Trial.Made made, double share) {}

  /**
   * Searches.
   *
   * @throws CompileException when the library would not run on this machine
   */
  public Result tune(Graph graph, CompileOptions options, Listener listener) throws IOException {
    long end = System.nanoTime() + (long) (seconds * 1e9);
    List<Deviation> deviations = Deviation.all();
    Map<String, Found> best = new TreeMap<>();
    try (Trial rule = trial(graph, options, Deviation.NONE, "rule")) {
      for (int i = 0; i < deviations.size(); i++) {
        double left = (end - System.nanoTime()) / 1e9;
        if (left <= 0) {
          break;
        }
        listener.at("tuning", i, deviations.size() + 1);
        long start = System.nanoTime();
        try (Trial other = trial(graph, options, deviations.get(i), "other")) {
          List<String> changed = changed(rule, other);
          double compiled = (System.nanoTime() - start) / 1e9;
          double share = left / (deviations.size() + 1 - i) - compiled;
          if (!changed.isEmpty()) {
            compare(rule, other, share / BLOCKS / 2)
                .shares()
                .forEach(
                    (name, s) -> {
                      Trial.Made made = other.made().get(name);
                      if (made != null && changed.contains(name) && s < CLEARLY) {
                        best.merge(name, new Found(made, s), (x, y) -> x.share <= y.share ? x : y);
                      }
                    });
          }
        }
      }
      listener.at("confirming", deviations.size(), deviations.size() + 1);
      return confirmed(graph, options, rule, best, Math.max(1, (end - System.nanoTime()) / 1e9));
    }
  }

  /** All found together: what does not hold then is dropped. */
  private Result confirmed(
      Graph graph, CompileOptions options, Trial rule, Map<String, Found> best, double left)
      throws IOException {
    Map<String, Tuning.Entry> entries = new TreeMap<>();
    best.forEach((name, f) -> entries.put(f.made.key(), new Tuning.Entry("", f.made.script())));
    Tuning all = new Tuning(entries);
    try (Trial tuned =
        Trial.of(
            graph,
            options.withKernels(options.kernels().withTuning(all)),
            Deviation.NONE,
            threads,
            folder("other"))) {
      Comparison c = compare(rule, tuned, left / BLOCKS / 2);
      Map<String, Tuning.Entry> kept = new TreeMap<>();
      double time = 0;
      double before = 0;
      for (Map.Entry<String, Double> e : c.rule().entrySet()) {
        Found found = best.get(e.getKey());
        double share = c.shares().getOrDefault(e.getKey(), 1.0);
        before += e.getValue();
        time += e.getValue() * (found != null && share < CONFIRMED ? share : 1);
        if (found != null && share < CONFIRMED) {
          kept.put(
              found.made.key(),
              new Tuning.Entry(
                  String.format(
                      Locale.ROOT,
                      "%s: %.4f ms, by the rule %.4f ms",
                      found.made.shape(),
                      e.getValue() * share,
                      e.getValue()),
                  found.made.script()));
        }
      }
      return new Result(new Tuning(kept), rule.made().size(), before, time);
    }
  }

  private Trial trial(Graph graph, CompileOptions options, Deviation d, String name)
      throws IOException {
    CompileOptions bare = options.withKernels(options.kernels().withTuning(Tuning.NONE));
    try {
      return Trial.of(graph, bare, d, threads, folder(name));
    } catch (NnccException e) {
      String targets =
          Compiler.targets(options).stream()
              .map(t -> t.machine().targetName() + " " + t.cpu())
              .collect(Collectors.joining(", "));
      throw new CompileException(
          "--tune runs kernels on this machine, which cannot run code for " + targets);
    }
  }

  /** An empty folder; a library that is still loaded may have been in it. */
  private Path folder(String name) throws IOException {
    Path folder = scratch.resolve(name);
    if (Files.exists(folder)) {
      List<Path> old;
      try (Stream<Path> files = Files.walk(folder)) {
        old = files.sorted(Comparator.reverseOrder()).toList();
      }
      for (Path p : old) {
        Files.delete(p);
      }
    }
    return folder;
  }

  /** Functions that a deviation made another kernel of. */
  private static List<String> changed(Trial rule, Trial other) {
    List<String> l = new ArrayList<>();
    rule.made()
        .forEach(
            (name, made) -> {
              Trial.Made o = other.made().get(name);
              if (o != null && !o.script().equals(made.script())) {
                l.add(name);
              }
            });
    return l;
  }

  /**
   * Of each function.
   *
   * @param rule milliseconds as the rule makes it
   * @param shares of that as the other makes it, medians over pairs of blocks
   */
  private record Comparison(Map<String, Double> rule, Map<String, Double> shares) {}

  private static Comparison compare(Trial rule, Trial other, double blockSeconds) {
    double block = Math.max(SHORTEST, blockSeconds);
    Map<String, List<Double>> shares = new LinkedHashMap<>();
    Map<String, List<Double>> times = new LinkedHashMap<>();
    for (int b = 0; b < BLOCKS; b++) {
      boolean ruleFirst = b % 2 == 0;
      Map<String, Double> first = (ruleFirst ? rule : other).block(block);
      Map<String, Double> second = (ruleFirst ? other : rule).block(block);
      Map<String, Double> base = ruleFirst ? first : second;
      Map<String, Double> theirs = ruleFirst ? second : first;
      base.forEach(
          (name, ms) -> {
            times.computeIfAbsent(name, n -> new ArrayList<>()).add(ms);
            shares
                .computeIfAbsent(name, n -> new ArrayList<>())
                .add(theirs.getOrDefault(name, ms) / Math.max(1e-9, ms));
          });
    }
    return new Comparison(medians(times), medians(shares));
  }

  private static Map<String, Double> medians(Map<String, List<Double>> all) {
    Map<String, Double> m = new LinkedHashMap<>();
    all.forEach(
        (name, l) -> {
          List<Double> sorted = l.stream().sorted().toList();
          int n = sorted.size();
          m.put(name, (sorted.get((n - 1) / 2) + sorted.get(n / 2)) / 2);
        });
    return m;
  }
}
