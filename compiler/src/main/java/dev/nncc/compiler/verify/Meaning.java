package dev.nncc.compiler.verify;

import dev.nncc.graph.Compare;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.graph.bound.Widen;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;

/**
 * What a graph computes of given inputs, over f64: its outputs, and of each value with a name a
 * sketch, so that a fault is also seen where outputs hide it and deep networks need no memory for
 * it.
 *
 * @param sketches by name, in order
 */
public record Meaning(List<Tensor> outputs, Map<String, Sketch> sketches) {
  /** Relative L2 of outputs: constants that passes compute are rounded by 6e-8 each, and often. */
  static final double OUTPUTS = 1e-5;

  /** Of values between, which may be small differences of large ones. */
  static final double VALUES = 1e-3;

  /** One way of being off by a rounding is no bound of all ways. */
  private static final double MARGIN = 8;

  /**
   * Sums of the elements with random signs, which differ as much as the tensors do.
   *
   * @param norm Euclidean
   */
  record Sketch(long elements, double norm, List<Double> sums) {
    private static final int SUMS = 4;

    /** Empty where something is not finite. */
    static Optional<Sketch> of(Tensor t) {
      double[] x = t.toDoubles();
      double[] sums = new double[SUMS];
      double squares = 0;
      Random signs = new Random(x.length);
      for (double d : x) {
        int bits = signs.nextInt();
        squares += d * d;
        for (int k = 0; k < SUMS; k++) {
          sums[k] += (bits >> k & 1) == 0 ? d : -d;
        }
      }
      List<Double> all = new ArrayList<>();
      for (double s : sums) {
        all.add(s);
      }
      return Double.isFinite(squares)
          ? Optional.of(new Sketch(x.length, Math.sqrt(squares), all))
          : Optional.empty();
    }

    double distance(Sketch other) {
      double squares = 0;
      for (int k = 0; k < SUMS; k++) {
        double d = sums.get(k) - other.sums.get(k);
        squares += d * d / SUMS;
      }
      double least = Float.MIN_NORMAL * Math.sqrt(Math.max(1, elements));
      return Math.sqrt(squares) / Math.max(norm, least);
    }
  }

  /**
   * How far apart two are.
   *
   * @param outputs relative L2 of the output farthest off
   * @param allowed what the model itself turns the rounding of its numbers into
   * @param value the first value that differs by more than it may
   */
  public record Distance(double outputs, double allowed, Optional<String> value) {
    /** Whether the graphs mean something else. */
    public boolean isWrong() {
      return outputs > allowed || value.isPresent();
    }
  }

  /** Evaluates. */
  static Meaning of(Graph narrow, List<Tensor> wideInputs) {
    Graph graph = Widen.graph(narrow);
    Map<String, Sketch> sketches = new LinkedHashMap<>();
    Map<String, Integer> names = new LinkedHashMap<>();
    Map<Value, Tensor> known = new LinkedHashMap<>();
    for (int i = 0; i < wideInputs.size(); i++) {
      known.put(graph.inputs().get(i), wideInputs.get(i));
    }
    Map<Value, Integer> left = new LinkedHashMap<>();
    graph.nodes().forEach(n -> n.operands().forEach(v -> left.merge(v, 1, Integer::sum)));
    graph.outputs().forEach(v -> left.merge(v, 1, Integer::sum));
    for (Node n : graph.nodes()) {
      List<Tensor> operands =
          n.operands().stream().map(v -> Objects.requireNonNull(known.get(v))).toList();
      List<Tensor> results = n.op().evaluate(operands);
      for (int i = 0; i < results.size(); i++) {
        Value v = n.results().get(i);
        Tensor t = results.get(i);
        known.put(v, t);
        // Rounds of a loop that was unrolled have their names in common, which say nothing then.
        if (!v.name().isEmpty()
            && t.dtype().isFloat()
            && names.merge(v.name(), 1, Integer::sum) == 1) {
          Sketch.of(t).ifPresent(s -> sketches.put(v.name(), s));
        }
      }
      for (Value v : n.operands()) {
        if (left.merge(v, -1, Integer::sum) == 0) {
          known.remove(v);
        }
      }
    }
    names.forEach((name, count) -> removeRepeated(sketches, name, count));
    List<Tensor> outputs =
        graph.outputs().stream().map(v -> Objects.requireNonNull(known.get(v))).toList();
    return new Meaning(outputs, sketches);
  }

  private static void removeRepeated(Map<String, Sketch> sketches, String name, int count) {
    if (count > 1) {
      sketches.remove(name);
    }
  }

  /**
   * From what it should be.
   *
   * @param shaken the model once more with its inputs and weights off by their rounding; empty: it
   *     is taken to be steady
   */
  Distance from(Meaning expected, Optional<Meaning> shaken) {
    double most = outputsFrom(expected);
    // A step is taken or not: where the model is not steady, any value may be the first to move.
    double moved = MARGIN * shaken.map(m -> m.farthestFrom(expected)).orElse(0.0);
    double allowed = Math.max(OUTPUTS, moved);
    double between = Math.max(VALUES, moved);
    for (Map.Entry<String, Sketch> e : sketches.entrySet()) {
      if (distance(e.getKey(), expected) > between) {
        return new Distance(most, allowed, Optional.of(e.getKey()));
      }
    }
    return new Distance(most, allowed, Optional.empty());
  }

  private double farthestFrom(Meaning expected) {
    double most = outputsFrom(expected);
    for (String name : sketches.keySet()) {
      most = Math.max(most, distance(name, expected));
    }
    return most;
  }

  /** 0 where one of both lacks the name. */
  private double distance(String name, Meaning expected) {
    Sketch own = sketches.get(name);
    Sketch other = expected.sketches().get(name);
    if (own == null || other == null || own.elements() != other.elements()) {
      return 0;
    }
    return own.distance(other);
  }

  private double outputsFrom(Meaning expected) {
    double most = 0;
    for (int i = 0; i < outputs.size(); i++) {
      most = Math.max(most, Compare.relativeL2(outputs.get(i), expected.outputs().get(i)));
    }
    return most;
  }
}
