package dev.nncc.benchmarks;

import dev.nncc.benchmarks.Results.Convolutions;
import dev.nncc.benchmarks.Results.Layer;
import java.util.List;
import java.util.Locale;

/** Convolution by convolution against oneDNN. */
record ConvText(List<Convolutions> all) {
  /** A kernel of ours below this share of oneDNN's speed is marked. */
  private static final double FLOOR = 0.97;

  String text() {
    if (all.isEmpty()) {
      return "";
    }
    StringBuilder s = new StringBuilder();
    s.append("\n## Convolutions against oneDNN\n\n");
    s.append(
        """
        Each convolution alone with bias and ReLU on one thread, direct on both sides, layouts as each side
        likes best, weights in place. Medians of blocks in both orders; ratios above 1: nncc is faster, and
        those below 0.97 are marked. *Warm* is the same layer again and again; *cold* has 48 MB of other
        data read in between, as weights of a large network are. GFLOP/s count all taps; both leave out
        rows of taps that lie on a border, so they may be above the peak there.
        """);
    for (Convolutions c : all) {
      s.append(
          String.format(
              Locale.ROOT,
              "%n%s, oneDNN %s, nncc %s on %s, load %.1f before:%n%n",
              c.model(),
              c.version(),
              c.origin().commit(),
              c.origin().date(),
              c.origin().load()));
      s.append(
          "| convolution | times | ours ms, cold | oneDNN | ratio | ours ms, warm | oneDNN | ratio | ours GFLOP/s | oneDNN |\n");
      s.append("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n");
      c.layers().forEach(l -> row(s, l));
      sum(s, c.layers());
    }
    return s.toString();
  }

  private static void row(StringBuilder s, Layer l) {
    s.append(
        String.format(
            Locale.ROOT,
            "| %s | %d | %.4f | %.4f | %s | %.4f | %.4f | %s | %.0f | %.0f |%n",
            l.shape(),
            l.times(),
            l.cold().ours(),
            l.cold().theirs(),
            ratio(l.cold().ratio()),
            l.warm().ours(),
            l.warm().theirs(),
            ratio(l.warm().ratio()),
            l.flops() / l.warm().ours() / 1e6,
            l.flops() / l.warm().theirs() / 1e6));
  }

  private static void sum(StringBuilder s, List<Layer> layers) {
    double[] sums = new double[4];
    double flops = 0;
    for (Layer l : layers) {
      sums[0] += l.times() * l.cold().ours();
      sums[1] += l.times() * l.cold().theirs();
      sums[2] += l.times() * l.warm().ours();
      sums[3] += l.times() * l.warm().theirs();
      flops += l.times() * l.flops();
    }
    s.append(
        String.format(
            Locale.ROOT,
            "| all | %d | %.2f | %.2f | %s | %.2f | %.2f | %s | %.0f | %.0f |%n",
            layers.stream().mapToInt(Layer::times).sum(),
            sums[0],
            sums[1],
            ratio(sums[1] / sums[0]),
            sums[2],
            sums[3],
            ratio(sums[3] / sums[2]),
            flops / sums[2] / 1e6,
            flops / sums[3] / 1e6));
  }

  static String ratio(double r) {
    String text = String.format(Locale.ROOT, "%.2f", r);
    return r < FLOOR ? "**" + text + "**" : text;
  }
}
