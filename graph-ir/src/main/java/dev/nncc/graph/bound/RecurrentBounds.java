package dev.nncc.graph.bound;

import dev.nncc.graph.Op;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.op.Gru;
import dev.nncc.graph.op.Lstm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Recurrences: one bound for the largest error of a state, carried from step to step. Gates are
 * sums of products put through functions with slopes of at most 1.
 */
final class RecurrentBounds {
  private final double unit;
  private final double x;
  private final double w;
  private final double r;
  private final double bias;
  private final double terms;

  private RecurrentBounds(List<Bounded> operands) {
    Tensor input = operands.get(0).value();
    unit = Rounding.of(input.dtype()).unit();
    x = largest(operands.get(0).value());
    w = row(operands.get(1).value());
    r = row(operands.get(2).value());
    bias = 2 * largest(operands.get(3).value());
    terms = input.shape().dim(2) + operands.get(2).value().shape().dim(2) + Rounding.SLACK;
  }

  static List<Bounded> of(Op op, List<Bounded> operands, List<Tensor> results) {
    RecurrentBounds b = new RecurrentBounds(operands);
    double error = b.steps(op, operands);
    List<Bounded> out = new ArrayList<>();
    for (Tensor t : results) {
      double[] e = new double[Wide.size(t)];
      Arrays.fill(e, error);
      out.add(Bounded.of(t, e));
    }
    return out;
  }

  private double steps(Op op, List<Bounded> operands) {
    double ex = most(operands.get(0));
    double ew = rows(operands.get(1));
    double er = rows(operands.get(2));
    double eb = 2 * most(operands.get(3));
    double state = 1;
    double error = 0;
    for (Bounded initial : operands.subList(4, operands.size())) {
      state = Math.max(state, largest(initial.value()));
      error = Math.max(error, most(initial));
    }
    long time = operands.get(0).value().shape().dim(0);
    boolean bounded = op instanceof Lstm || op instanceof Gru;
    for (long t = 0; t < time; t++) {
      double size = w * x + r * state + bias;
      double gate = w * ex + ew * (x + ex) + r * error + er * (state + error) + eb;
      gate += terms * unit * (size + 1);
      // Products of a gate with a state, and sums of them.
      error = bounded ? error + gate * (2 + 2 * state) * (op instanceof Gru ? 1 + r : 1) : gate;
      state = bounded ? state + 1 : Math.max(1, size);
    }
    return Double.isNaN(error) ? Double.POSITIVE_INFINITY : error + unit * state;
  }

  private static double largest(Tensor t) {
    return Arrays.stream(t.toDoubles()).map(Math::abs).max().orElse(0);
  }

  private static double most(Bounded b) {
    return Arrays.stream(b.errors()).max().orElse(0);
  }

  /** The largest sum of sizes along the last axis. */
  private static double row(Tensor t) {
    return largestRow(t.toDoubles(), t.shape().dim(t.shape().rank() - 1));
  }

  private static double rows(Bounded b) {
    return largestRow(b.errors(), b.value().shape().dim(b.value().shape().rank() - 1));
  }

  private static double largestRow(double[] all, long extent) {
    double most = 0;
    double sum = 0;
    for (int i = 0; i < all.length; i++) {
      sum = (i % extent == 0 ? 0 : sum) + Math.abs(all[i]);
      most = Math.max(most, sum);
    }
    return most;
  }
}
