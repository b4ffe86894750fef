package dev.nncc.tensor.schedule;

import java.util.Optional;

/**
 * Which loop becomes the vector: the one with the fewest cycles an element, over what its operands'
 * strides along it cost; none when plain code is as good.
 */
record VectorChoice(Axis axis, int lanes) {
  private static final double SPLAT = 0.3;
  private static final double GATHERED_LANE = 1.2;
  private static final double SCATTERED_LANE = 1.5;

  /** Lanes so far apart come from neighbouring vectors, each loaded and shuffled. */
  private static final int NEAR = 4;

  private static final double SHUFFLED = 2;
  private static final double HORIZONTAL = 8;

  /** Vectors must beat plain code by this. */
  private static final double GAIN = 0.8;

  /**
   * @param deps of the nest
   */
  static Optional<VectorChoice> of(NestModel n, Deps deps, Machine m) {
    double best = GAIN * plain(n);
    Optional<VectorChoice> choice = Optional.empty();
    for (Axis a : n.axes()) {
      if (a.extent() < 2 || a.symbolic() || !isLegal(n, deps, a)) {
        continue;
      }
      int lanes = lanes(a.extent(), n, m);
      double c = cost(n, a, lanes);
      boolean longer =
          choice.isPresent() && c <= best * 1.001 && a.extent() > choice.get().axis.extent();
      if (lanes > 1 && (c < best * 0.999 || longer)) {
        best = c;
        choice = Optional.of(new VectorChoice(a, lanes));
      }
    }
    return choice;
  }

  private static boolean isLegal(NestModel n, Deps deps, Axis a) {
    return a.reduce() ? n.merges() : deps.carriedBy(a.name()) == Deps.Carried.NOTHING;
  }

  private static int lanes(long extent, NestModel n, Machine m) {
    int w = Math.max(1, m.lanes(n.bytes()));
    while (w > extent) {
      w /= 2;
    }
    // a few lanes more and a mask, where that is one vector instead of several
    return m.masks() && w < extent && 2 * w <= m.lanes(n.bytes()) ? 2 * w : w;
  }

  private static double steps(NestModel n) {
    return n.reduced().stream().mapToDouble(Axis::extent).reduce(1, (p, q) -> p * q);
  }

  private static double plain(NestModel n) {
    double c = n.work() + n.finishWork() / steps(n);
    for (Operand o : n.operands()) {
      c += o.inner() ? 1 : 1 / steps(n);
    }
    return c;
  }

  private static double cost(NestModel n, Axis a, int lanes) {
    double steps = steps(n);
    double c = n.work() + n.finishWork() / steps;
    for (Operand o : n.operands()) {
      c += memory(o, a, lanes) * (o.inner() ? 1 : 1 / steps);
    }
    if (a.reduce()) {
      c += HORIZONTAL * lanes / steps;
    }
    double vectors = Math.ceil((double) a.extent() / lanes);
    return c * vectors / a.extent();
  }

  private static double memory(Operand o, Axis a, int lanes) {
    long k = o.at(a.name());
    if (k == 0) {
      return o.write() && a.reduce() ? 0 : SPLAT;
    }
    if (k == 1) {
      return 1;
    }
    if (!o.write() && Math.abs(k) <= NEAR && lanes > NEAR) {
      return SHUFFLED * Math.abs(k);
    }
    return lanes * (o.write() ? SCATTERED_LANE : GATHERED_LANE);
  }
}
