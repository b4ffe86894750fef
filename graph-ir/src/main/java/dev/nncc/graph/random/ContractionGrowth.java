package dev.nncc.graph.random;

import dev.nncc.graph.Value;
import dev.nncc.graph.op.BatchNorm;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.ConvTranspose;
import dev.nncc.graph.op.Direction;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Gru;
import dev.nncc.graph.op.Lstm;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Rnn;
import dev.nncc.graph.op.RnnActivation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Convolutions, matrix products and recurrences. */
final class ContractionGrowth {
  private ContractionGrowth() {}

  static void grow(Growth g) {
    switch (g.random.nextInt(8)) {
      case 0, 1, 2 -> g.floats(rank(g.random)).ifPresent(x -> behind(g, conv(g, x)));
      case 3 -> g.floats(rank(g.random)).ifPresent(x -> behind(g, transposed(g, x)));
      case 4 -> g.floats(3).ifPresent(x -> recurrent(g, x));
      default -> g.floats(1 + g.random.nextInt(4)).ifPresent(x -> matmul(g, x));
    }
  }

  private static int rank(Random random) {
    return random.nextInt(3) == 0 ? 3 + 2 * random.nextInt(2) : 4;
  }

  static Optional<Value> conv(Growth g, Value x) {
    Random random = g.random;
    long channels = x.type().dim(1);
    int groups =
        channels > 1 && random.nextInt(3) == 0
            ? (int) (random.nextBoolean() || channels % 2 != 0 ? channels : 2)
            : 1;
    if (channels % groups != 0) {
      return Optional.empty();
    }
    long out = groups * (1L + random.nextInt(groups == 1 ? 9 : 2));
    int n = x.shape().rank() - 2;
    List<Long> weights = new ArrayList<>(List.of(out, channels / groups));
    Window w = new Window(n, random);
    weights.addAll(w.kernel);
    Conv op = new Conv(w.strides, w.before, w.after, w.dilations, groups);
    Value k = g.weights(x.dtype(), array(weights));
    return random.nextBoolean() ? g.add(op, x, k) : g.add(op, x, k, g.weights(x.dtype(), out));
  }

  private static Optional<Value> transposed(Growth g, Value x) {
    Random random = g.random;
    long channels = x.type().dim(1);
    int groups = channels % 2 == 0 && random.nextInt(3) == 0 ? 2 : 1;
    long each = 1L + random.nextInt(4);
    int n = x.shape().rank() - 2;
    Window w = new Window(n, random);
    List<Long> weights = new ArrayList<>(List.of(channels, each));
    weights.addAll(w.kernel);
    List<Long> more = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      more.add(w.strides.get(i) > 1 && random.nextInt(3) == 0 ? 1L : 0L);
    }
    ConvTranspose op = new ConvTranspose(w.strides, w.before, w.after, w.dilations, more, groups);
    Value k = g.weights(x.dtype(), array(weights));
    return random.nextBoolean()
        ? g.add(op, x, k)
        : g.add(op, x, k, g.weights(x.dtype(), each * groups));
  }

  /** What networks put behind a convolution. */
  static void behind(Growth g, Optional<Value> made) {
    if (made.isEmpty()) {
      return;
    }
    Value v = made.get();
    Random random = g.random;
    long c = v.type().dim(1);
    if (random.nextInt(2) == 0) {
      v =
          g.add(
                  new BatchNorm(1e-3),
                  v,
                  g.positive(v.dtype(), c),
                  g.weights(v.dtype(), c),
                  g.weights(v.dtype(), c),
                  g.positive(v.dtype(), c))
              .orElse(v);
    }
    if (random.nextInt(2) == 0) {
      g.add(Elementwise.of(ElementwiseKind.RELU), v);
    }
  }

  static void matmul(Growth g, Value x) {
    Random random = g.random;
    int rank = x.shape().rank();
    boolean ta = rank >= 2 && random.nextInt(4) == 0;
    boolean tb = random.nextInt(3) == 0;
    long inner = x.type().dim(ta ? rank - 2 : rank - 1);
    if (random.nextInt(4) == 0) {
      g.any(v -> v.dtype() == x.dtype() && v.shape().rank() >= 1)
          .ifPresent(v -> g.add(new MatMul(ta, tb && v.shape().rank() > 1), x, v));
      return;
    }
    List<Long> extents = new ArrayList<>();
    if (rank > 2 && random.nextInt(4) == 0) {
      extents.add(random.nextBoolean() ? 1L : x.type().dim(rank - 3));
    }
    long columns = g.extent();
    extents.add(tb ? columns : inner);
    extents.add(tb ? inner : columns);
    Value w =
        random.nextInt(8) == 0 ? g.weights(x.dtype(), inner) : g.weights(x.dtype(), array(extents));
    boolean vector = w.shape().rank() == 1;
    Optional<Value> y = g.add(new MatMul(ta, tb && !vector), x, w);
    if (y.isPresent() && !vector && random.nextBoolean()) {
      g.add(Elementwise.of(ElementwiseKind.ADD), y.get(), g.weights(x.dtype(), columns));
    }
  }

  private static void recurrent(Growth g, Value x) {
    Random random = g.random;
    Direction direction = Direction.values()[random.nextInt(Direction.values().length)];
    long d = direction == Direction.BIDIRECTIONAL ? 2 : 1;
    int hidden = 1 + random.nextInt(4);
    int kind = random.nextInt(3);
    int gates = kind == 0 ? 4 : kind == 1 ? 3 : 1;
    Value w = g.weights(x.dtype(), d, (long) gates * hidden, x.type().dim(2));
    Value r = g.weights(x.dtype(), d, (long) gates * hidden, hidden);
    Value b = g.weights(x.dtype(), d, 2L * gates * hidden);
    Value h = g.weights(x.dtype(), d, x.type().dim(1), hidden);
    List<Value> operands = new ArrayList<>(List.of(x, w, r, b, h));
    if (kind == 0) {
      operands.add(g.weights(x.dtype(), d, x.type().dim(1), hidden));
      g.addAll(new Lstm(hidden, direction), operands);
    } else if (kind == 1) {
      g.addAll(new Gru(hidden, direction, random.nextBoolean()), operands);
    } else {
      RnnActivation[] all = RnnActivation.values();
      g.addAll(new Rnn(hidden, direction, all[random.nextInt(all.length)]), operands);
    }
  }

  static long[] array(List<Long> extents) {
    return extents.stream().mapToLong(e -> e).toArray();
  }

  /** A window over spatial axes. */
  static final class Window {
    final List<Long> kernel = new ArrayList<>();
    final List<Long> strides = new ArrayList<>();
    final List<Long> before = new ArrayList<>();
    final List<Long> after = new ArrayList<>();
    final List<Long> dilations = new ArrayList<>();

    Window(int n, Random random) {
      boolean one = random.nextInt(3) == 0;
      for (int i = 0; i < n; i++) {
        long k = one ? 1 : 1 + random.nextInt(3);
        kernel.add(k);
        strides.add(random.nextInt(3) == 0 ? 2L : 1L);
        before.add(k == 1 ? 0L : random.nextInt((int) k));
        after.add(k == 1 ? 0L : random.nextInt((int) k));
        dilations.add(random.nextInt(6) == 0 ? 2L : 1L);
      }
    }
  }
}
