package dev.nncc.cli;

import dev.nncc.graph.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Outputs as people read them: values, a summary, or the best classes. */
final class Outputs {
  private static final int FEW = 16;
  private static final int FIRST = 8;

  private final List<String> labels;

  /**
   * @param metadata of the model; {@code nncc.labels} names the classes
   */
  Outputs(Map<String, String> metadata) {
    String text = metadata.getOrDefault("nncc.labels", "");
    this.labels = text.isEmpty() ? List.of() : text.lines().toList();
  }

  boolean hasLabels() {
    return !labels.isEmpty();
  }

  /** Name, type and values: all of them when there are few. */
  String values(String name, Tensor t) {
    StringBuilder s = new StringBuilder(name + ": " + t.type());
    Tensor.Elements e = t.reader();
    boolean few = t.elements() <= FEW;
    s.append(few ? " " : "\n  first ");
    for (long i = 0; i < Math.min(t.elements(), few ? FEW : FIRST); i++) {
      s.append(i == 0 ? "" : " ").append(number(t, e, i));
    }
    if (!few) {
      s.append("\n  ").append(summary(t, e));
    }
    return s.append('\n').toString();
  }

  private static String number(Tensor t, Tensor.Elements e, long i) {
    return t.dtype().isFloat()
        ? String.format(Locale.ROOT, "%.6g", e.number(i))
        : Long.toString(e.integer(i));
  }

  private static String summary(Tensor t, Tensor.Elements e) {
    double least = Double.POSITIVE_INFINITY;
    double most = Double.NEGATIVE_INFINITY;
    double sum = 0;
    long nan = 0;
    for (long i = 0; i < t.elements(); i++) {
      double v = e.number(i);
      nan += Double.isNaN(v) ? 1 : 0;
      least = Math.min(least, v);
      most = Math.max(most, v);
      sum += v;
    }
    String text =
        String.format(
            Locale.ROOT, "min %.6g  max %.6g  mean %.6g", least, most, sum / t.elements());
    return nan == 0 ? text : text + "  NaN " + nan;
  }

  /** The {@code count} largest elements of each row (the first axis), with their labels. */
  String top(String name, Tensor t, int count) {
    long rows = t.shape().rank() > 1 ? Math.max(1, t.shape().dim(0)) : 1;
    int length = Math.toIntExact(t.elements() / rows);
    StringBuilder s = new StringBuilder(name + ": " + t.type() + "\n");
    double[] all = t.toDoubles();
    for (int row = 0; row < rows; row++) {
      double[] values = java.util.Arrays.copyOfRange(all, row * length, (row + 1) * length);
      if (rows > 1) {
        s.append("  row ").append(row).append('\n');
      }
      boolean share = isDistribution(values);
      for (int i : best(values, count)) {
        String label = i < labels.size() && length == labels.size() ? labels.get(i) : "class " + i;
        String value =
            share
                ? String.format(Locale.ROOT, "%.2f %%", 100 * values[i])
                : String.format(Locale.ROOT, "%.6g", values[i]);
        s.append(String.format("  %-24s %s%n", label, value));
      }
    }
    return s.toString();
  }

  /** Whether the values are shares of one: not negative, of sum 1. */
  private static boolean isDistribution(double[] values) {
    double sum = 0;
    for (double v : values) {
      if (!(v >= 0)) {
        return false;
      }
      sum += v;
    }
    return Math.abs(sum - 1) < 1e-3;
  }

  private static List<Integer> best(double[] values, int count) {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      order.add(i);
    }
    order.sort(Comparator.comparing((Integer i) -> -values[i]));
    return order.subList(0, Math.min(count, order.size()));
  }
}
