package dev.nncc.graph.random;

import dev.nncc.graph.DType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Pad;
import dev.nncc.graph.op.PadMode;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.PoolKind;
import dev.nncc.graph.op.Slice;
import dev.nncc.graph.op.Transpose;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Operators that rewrites move past each other or merge, one directly behind the other. */
final class ChainGrowth {
  private static final List<Long> ONES = List.of(1L, 1L);
  private static final List<Long> ZEROS = List.of(0L, 0L);

  private final Growth g;

  private ChainGrowth(Growth g) {
    this.g = g;
  }

  static void grow(Growth g) {
    ChainGrowth c = new ChainGrowth(g);
    switch (g.random.nextInt(8)) {
      case 0, 1 -> c.moves();
      case 2 -> c.padded();
      case 3 -> c.scaledProduct();
      case 4 -> c.scaledConv();
      case 5 -> c.joined();
      case 6 -> c.transposedProduct();
      default -> c.siblings();
    }
  }

  private Value constantAlong(Value v, int axis) {
    long[] extents = new long[v.shape().rank()];
    java.util.Arrays.fill(extents, 1);
    extents[axis] = v.type().dim(axis);
    return g.random.nextBoolean()
        ? g.positive(v.dtype(), extents)
        : g.scalar(v.dtype(), 0.5 * (1 + g.random.nextInt(4)));
  }

  private Optional<Value> arithmetic(Value v, int axis) {
    ElementwiseKind[] kinds = {
      ElementwiseKind.MUL, ElementwiseKind.ADD, ElementwiseKind.SUB, ElementwiseKind.DIV
    };
    Value c = constantAlong(v, axis);
    ElementwiseKind kind = kinds[g.random.nextInt(kinds.length)];
    boolean swap = g.random.nextInt(4) == 0;
    return g.add(Elementwise.of(kind), swap ? c : v, swap ? v : c);
  }

  /** Moves of one value in any order, something elementwise among them. */
  private void moves() {
    Value v = g.any();
    int n = 2 + g.random.nextInt(3);
    for (int i = 0; i < n; i++) {
      int rank = v.shape().rank();
      v =
          switch (g.random.nextInt(6)) {
            case 0 -> g.add(MovementGrowth.transpose(v, g.random), v).orElse(v);
            case 1 -> part(v).orElse(v);
            case 2 -> pad(v, false).orElse(v);
            case 3 -> rank == 0 ? v : g.add(new Concat(g.random.nextInt(rank)), v, v).orElse(v);
            case 4 ->
                rank > 0 && v.dtype().isFloat()
                    ? arithmetic(v, g.random.nextInt(rank)).orElse(v)
                    : v;
            default -> unary(v).orElse(v);
          };
    }
  }

  private Optional<Value> unary(Value v) {
    return v.dtype() == DType.BOOL
        ? Optional.empty()
        : g.add(
            Elementwise.of(g.random.nextBoolean() ? ElementwiseKind.RELU : ElementwiseKind.NEG), v);
  }

  private Optional<Value> part(Value v) {
    int rank = v.shape().rank();
    if (rank == 0) {
      return Optional.empty();
    }
    int axis = g.random.nextInt(rank);
    List<Long> starts = new ArrayList<>(Collections.nCopies(rank, 0L));
    List<Long> sizes = new ArrayList<>();
    for (long e : v.shape().toArray()) {
      sizes.add(e);
    }
    long extent = sizes.get(axis);
    if (extent == 0) {
      return Optional.empty();
    }
    long start = g.random.nextInt((int) extent);
    starts.set(axis, start);
    sizes.set(axis, 1L + g.random.nextInt((int) (extent - start)));
    return g.add(new Slice(starts, sizes, Collections.nCopies(rank, 1L)), v);
  }

  private Optional<Value> pad(Value v, boolean spatial) {
    List<Long> before = new ArrayList<>();
    List<Long> after = new ArrayList<>();
    for (int i = 0; i < v.shape().rank(); i++) {
      boolean here = !spatial || i > 1;
      before.add(here ? g.random.nextInt(3) : 0L);
      after.add(here ? g.random.nextInt(2) : 0L);
    }
    return g.add(new Pad(before, after, PadMode.CONSTANT, 0), v);
  }

  /** A pad, perhaps a transpose, and a window. */
  private void padded() {
    Optional<Value> x = g.floats(4);
    if (x.isEmpty()) {
      return;
    }
    Value v = pad(x.get(), true).orElse(x.get());
    if (g.random.nextInt(3) == 0) {
      List<Integer> perm = g.random.nextBoolean() ? List.of(0, 3, 1, 2) : List.of(0, 2, 3, 1);
      v = g.add(new Transpose(perm), v).orElse(v);
    }
    if (g.random.nextBoolean()) {
      ContractionGrowth.behind(g, ContractionGrowth.conv(g, v));
    } else {
      PoolKind kind = g.random.nextBoolean() ? PoolKind.MAX : PoolKind.AVERAGE;
      List<Long> two = List.of(2L, 2L);
      boolean count = g.random.nextBoolean();
      Value in =
          kind == PoolKind.MAX ? g.add(Elementwise.of(ElementwiseKind.RELU), v).orElse(v) : v;
      g.add(new Pool(kind, two, ONES, ZEROS, ZEROS, ONES, count, false), in);
    }
  }

  /** Constants in front of a product and behind it. */
  private void scaledProduct() {
    Optional<Value> x = g.floats(2 + g.random.nextInt(2));
    if (x.isEmpty()) {
      return;
    }
    Value v = x.get();
    int last = v.shape().rank() - 1;
    v = g.random.nextBoolean() ? arithmetic(v, last).orElse(v) : v;
    boolean transposed = g.random.nextBoolean();
    long inner = v.type().dim(last);
    long columns = 1L + g.random.nextInt(5);
    Value w =
        transposed ? g.weights(v.dtype(), columns, inner) : g.weights(v.dtype(), inner, columns);
    Optional<Value> y = g.add(new MatMul(false, transposed), v, w);
    for (int i = g.random.nextInt(3); i >= 0 && y.isPresent(); i--) {
      y = arithmetic(y.get(), last);
    }
  }

  /** Constants in front of a convolution and behind it, along the channels. */
  private void scaledConv() {
    Optional<Value> x = g.floats(4);
    if (x.isEmpty()) {
      return;
    }
    Value v = g.random.nextBoolean() ? arithmetic(x.get(), 1).orElse(x.get()) : x.get();
    Optional<Value> y = ContractionGrowth.conv(g, v);
    for (int i = g.random.nextInt(3); i >= 0 && y.isPresent(); i--) {
      y = arithmetic(y.get(), 1);
    }
  }

  /** Concatenations of what was moved alike, of each other, and cut again. */
  private void joined() {
    Value a = g.any();
    int rank = a.shape().rank();
    if (rank == 0) {
      return;
    }
    int axis = g.random.nextInt(rank);
    Value b = unary(a).orElse(a);
    Transpose t = MovementGrowth.transpose(a, g.random);
    boolean moved = g.random.nextBoolean();
    Value p = moved ? g.add(t, a).orElse(a) : a;
    Value q = moved ? g.add(t, b).orElse(b) : b;
    Optional<Value> y = g.add(new Concat(axis), p, q);
    if (y.isPresent()) {
      Optional<Value> z = g.random.nextBoolean() ? g.add(new Concat(axis), y.get(), p) : y;
      z.ifPresent(this::part);
    }
  }

  private void transposedProduct() {
    Optional<Value> x = g.floats(2 + g.random.nextInt(2));
    if (x.isEmpty()) {
      return;
    }
    Value v = x.get();
    int rank = v.shape().rank();
    Value w = g.weights(v.dtype(), v.type().dim(rank - 1), 1 + g.random.nextInt(5));
    Optional<Value> y = g.add(new MatMul(false, false), v, w);
    List<Integer> perm = rank == 2 ? List.of(1, 0) : List.of(0, 2, 1);
    y.ifPresent(p -> g.add(new Transpose(perm), p));
  }

  /** Equal operators on one operand, as heads of attention and branches of Inception have them. */
  private void siblings() {
    Optional<Value> x = g.floats(g.random.nextBoolean() ? 4 : 3);
    if (x.isEmpty()) {
      return;
    }
    Value in = x.get();
    int rank = in.shape().rank();
    boolean blocks = g.random.nextInt(4) != 0;
    boolean active = g.random.nextBoolean();
    for (int i = 2 + g.random.nextInt(2); i > 0; i--) {
      long out = blocks ? 16 : 1 + g.random.nextInt(8);
      Optional<Value> y =
          rank == 4
              ? g.add(
                  new Conv(ONES, ZEROS, ZEROS, ONES, 1),
                  in,
                  g.weights(in.dtype(), out, in.type().dim(1), 1, 1))
              : g.add(new MatMul(false, false), in, g.weights(in.dtype(), in.type().dim(2), out))
                  .flatMap(
                      p ->
                          g.add(
                              Elementwise.of(ElementwiseKind.ADD), p, g.weights(in.dtype(), out)));
      if (active) {
        y.ifPresent(p -> g.add(Elementwise.of(ElementwiseKind.RELU), p));
      }
    }
  }
}
