package dev.nncc.compiler.peer;

import java.util.ArrayList;
import java.util.List;

/** Milliseconds of many runs. */
public record Timing(double min, double median, double p90, int runs) {
  /**
   * @throws IllegalArgumentException without runs
   */
  public static Timing of(List<Double> milliseconds) {
    if (milliseconds.isEmpty()) {
      throw new IllegalArgumentException("no runs");
    }
    List<Double> sorted = new ArrayList<>(milliseconds);
    sorted.sort(null);
    return new Timing(
        sorted.get(0), median(sorted), sorted.get((sorted.size() - 1) * 9 / 10), sorted.size());
  }

  /** Of sorted numbers. */
  static double median(List<Double> sorted) {
    int n = sorted.size();
    return (sorted.get((n - 1) / 2) + sorted.get(n / 2)) / 2;
  }
}
