package dev.nncc.benchmarks;

import dev.nncc.benchmarks.onednn.ConvAlone;
import dev.nncc.benchmarks.onednn.ConvShape;
import dev.nncc.benchmarks.onednn.OtherData;
import dev.nncc.compiler.peer.Timing;
import dev.nncc.frontend.Importers;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.op.Conv;
import dev.nncc.tensor.winograd.Strassen;
import dev.nncc.tensor.winograd.Winograd;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Measures what each algorithm makes of the distinct convolutions of zoo models, and whether the
 * rule takes the fastest.
 *
 * @param rounds in which all algorithms take turns
 */
record AlgorithmCommand(Path work, int rounds, PrintStream out) {
  static final List<String> MODELS =
      List.of("resnet18", "resnet50", "vgg19", "googlenet", "inception-v3", "squeezenet1.1");

  /** The rule may take so much longer than the fastest. */
  private static final double MOST = 1.05;

  /** The same against one that has so many times the weights: their bytes are worth something. */
  private static final double MOST_FOR_BYTES = 1.1;

  private static final double MANY_BYTES = 1.4;

  private static final String DIRECT = "direct";
  private static final String ROWS = "along rows";

  /**
   * @return how many convolutions the rule computes more than 5 % slower than another algorithm
   *     would, 10 % where that has many more weights
   */
  int measure(List<String> models) throws IOException {
    Set<ConvShape> shapes = new LinkedHashSet<>();
    for (String model : models) {
      Subject subject = Subject.ofZoo(model, work.resolve("models"));
      Graph graph = Importers.importModel(subject.file(), ImportOptions.NONE).graph();
      shapes.addAll(ConvShape.of(graph).keySet());
    }
    int slow = 0;
    for (ConvShape shape : shapes) {
      Node node = node(shape);
      Map<String, Algorithm> all = algorithms(node);
      if (all.size() > 1) {
        slow += report(shape, ofRule(node), all, times(shape, all)) ? 0 : 1;
      }
    }
    return slow;
  }

  private static Node node(ConvShape shape) {
    return ConvAlone.graph(shape).nodes().stream()
        .filter(n -> n.op() instanceof Conv)
        .findFirst()
        .orElseThrow();
  }

  /**
   * One of them.
   *
   * @param weights that it stores for a pair of channels
   */
  record Algorithm(Winograd.Choice choice, double weights) {}

  /** By name; of each minimal filtering algorithm the blocks that are cheapest by the rule. */
  static Map<String, Algorithm> algorithms(Node node) {
    Map<String, Algorithm> all = new LinkedHashMap<>();
    double taps = node.operand(1).shape().elements() / (double) pairs(node);
    all.put(DIRECT, new Algorithm(Winograd.OFF, taps));
    for (Winograd w : Winograd.candidates(node)) {
      String name = name(w);
      all.computeIfAbsent(
          name,
          k ->
              new Algorithm(
                  conv -> Winograd.cheapest(conv, other -> name(other).equals(name)),
                  w.filtersInRun() ? taps : w.filters()));
    }
    for (int levels = 1; levels <= 2; levels++) {
      int n = levels;
      Strassen.smallest(node, n)
          .ifPresent(
              s -> {
                double weights = taps * s.products() / (s.parts() * s.parts());
                all.put(name(s), new Algorithm(new Halves(n), weights));
              });
    }
    if (ofRule(node).equals(ROWS)) {
      all.put(ROWS, new Algorithm(Winograd.AUTO, taps));
    }
    return all;
  }

  private static long pairs(Node node) {
    Shape w = node.operand(1).shape();
    return w.dim(0) * w.dim(1);
  }

  private record Halves(int levels) implements Winograd.Choice {
    @Override
    public Optional<Winograd> of(Node conv) {
      return Optional.empty();
    }

    @Override
    public Optional<Strassen> halves(Node conv) {
      return Strassen.smallest(conv, levels);
    }
  }

  /** Which of them the rule takes. */
  static String ofRule(Node node) {
    Optional<Winograd> filtered = Winograd.AUTO.of(node);
    if (filtered.isPresent()) {
      return name(filtered.get());
    }
    return Winograd.AUTO.alongRows(node).isPresent()
        ? ROWS
        : Winograd.AUTO.halves(node).map(AlgorithmCommand::name).orElse(DIRECT);
  }

  private static String name(Strassen s) {
    return s.levels() == 1 ? "halves" : "quarters";
  }

  private static String name(Winograd w) {
    int m = Math.max(w.rows().m(), w.columns().m());
    return "F(" + m + ")" + (w.filtersInRun() ? " of taps" : "");
  }

  /** Milliseconds of a run with weights in the caches and of one without, medians. */
  private record Times(double warm, double cold) {
    /** A layer in a network is between both: only what is slower in both is surely slower. */
    double slower(Times other) {
      return Math.min(warm / other.warm, cold / other.cold);
    }
  }

  private Map<String, Times> times(ConvShape shape, Map<String, Algorithm> all) throws IOException {
    Map<String, ConvAlone> open = new LinkedHashMap<>();
    try {
      for (Map.Entry<String, Algorithm> e : all.entrySet()) {
        Path folder = work.resolve("libraries/algorithm-" + open.size());
        open.put(e.getKey(), ConvAlone.of(shape, e.getValue().choice(), folder));
      }
      OtherData other = new OtherData();
      Map<String, List<Double>> warm = new LinkedHashMap<>();
      Map<String, List<Double>> cold = new LinkedHashMap<>();
      for (int i = 0; i < rounds; i++) {
        for (Map.Entry<String, ConvAlone> e : open.entrySet()) {
          other.read();
          double first = e.getValue().run();
          double second = e.getValue().run();
          if (i > 0) {
            cold.computeIfAbsent(e.getKey(), k -> new ArrayList<>()).add(first);
            warm.computeIfAbsent(e.getKey(), k -> new ArrayList<>()).add(second);
          }
        }
      }
      Map<String, Times> times = new LinkedHashMap<>();
      cold.forEach(
          (name, l) ->
              times.put(
                  name,
                  new Times(
                      Timing.of(warm.getOrDefault(name, l)).median(), Timing.of(l).median())));
      return times;
    } finally {
      open.values().forEach(ConvAlone::close);
    }
  }

  private boolean report(
      ConvShape shape, String rule, Map<String, Algorithm> all, Map<String, Times> times) {
    Times taken = Objects.requireNonNull(times.get(rule));
    double weights = Objects.requireNonNull(all.get(rule)).weights();
    double most = 1;
    boolean good = true;
    for (Map.Entry<String, Algorithm> e : all.entrySet()) {
      double slower = taken.slower(Objects.requireNonNull(times.get(e.getKey())));
      boolean larger = e.getValue().weights() >= MANY_BYTES * weights;
      good &= slower <= (larger ? MOST_FOR_BYTES : MOST);
      most = Math.max(most, slower);
    }
    StringBuilder s = new StringBuilder();
    times.forEach(
        (name, t) ->
            s.append(
                String.format(
                    Locale.ROOT,
                    ", %s%s %.4f %.4f",
                    name,
                    name.equals(rule) ? " (rule)" : "",
                    t.warm(),
                    t.cold())));
    out.printf(
        Locale.ROOT,
        "%-36s %.3f%s, ms warm and cold:%s%n",
        shape,
        most,
        good ? "" : " SLOW",
        s.substring(1));
    return good;
  }
}
