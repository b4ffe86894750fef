package dev.nncc.graph.random;

import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Slice;
import dev.nncc.graph.op.Softmax;
import dev.nncc.graph.op.Transpose;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** What exporters write for one operator, and chains that rewrites look for. */
final class PatternGrowth {
  private static final List<ElementwiseKind> ARITHMETIC =
      List.of(ElementwiseKind.ADD, ElementwiseKind.SUB, ElementwiseKind.MUL, ElementwiseKind.DIV);

  private final Growth g;
  private final Random random;

  private PatternGrowth(Growth g) {
    this.g = g;
    this.random = g.random;
  }

  static void grow(Growth g) {
    PatternGrowth p = new PatternGrowth(g);
    Optional<Value> x = g.any(v -> v.dtype().isFloat());
    if (x.isEmpty()) {
      return;
    }
    try {
      p.grow(x.get());
    } catch (dev.nncc.graph.ModelException e) {
      // A part of the pattern is of no use on these inputs; what is there of it stays.
      return;
    }
  }

  private void grow(Value x) {
    int rank = x.shape().rank();
    switch (random.nextInt(14)) {
      case 0, 1 -> constants(x);
      case 2 -> convChain();
      case 3 -> moves(x);
      case 4 -> activation(x);
      case 5 -> norm(x, rank);
      case 6 -> softmax(x, rank);
      case 7 -> attention();
      case 8 -> linears();
      case 9 -> splits(x, rank);
      case 10 -> gelu(x);
      case 11 -> clips(x);
      case 12 -> hardSigmoid(x);
      default -> residual();
    }
  }

  private Value op(ElementwiseKind kind, Value... operands) {
    return g.must(Elementwise.of(kind), operands);
  }

  private Value number(Value like, double x) {
    return g.scalar(like.dtype(), x);
  }

  /** Constants added, multiplied and so on, one behind the other. */
  private void constants(Value x) {
    Value v = x;
    int n = 2 + random.nextInt(3);
    int rank = x.shape().rank();
    for (int i = 0; i < n; i++) {
      ElementwiseKind kind = ARITHMETIC.get(random.nextInt(4));
      long[] extents = new long[rank];
      java.util.Arrays.fill(extents, 1);
      if (rank > 0 && random.nextBoolean()) {
        int axis = random.nextInt(rank);
        extents[axis] = x.type().dim(axis);
      }
      Value c =
          random.nextBoolean()
              ? number(x, 0.5 + random.nextInt(4))
              : g.positive(x.dtype(), extents);
      v = random.nextInt(4) == 0 ? op(kind, c, v) : op(kind, v, c);
    }
  }

  private void convChain() {
    Optional<Value> x = g.floats(4);
    if (x.isEmpty()) {
      return;
    }
    Value in = x.get();
    long[] c = {1, in.type().dim(1), 1, 1};
    Value v = random.nextBoolean() ? op(ElementwiseKind.MUL, in, g.positive(in.dtype(), c)) : in;
    v = random.nextInt(3) == 0 ? op(ElementwiseKind.ADD, v, g.weights(in.dtype(), c)) : v;
    ContractionGrowth.behind(g, ContractionGrowth.conv(g, v));
  }

  private void moves(Value x) {
    Value v = x;
    for (int i = 0; i < 3; i++) {
      if (random.nextBoolean()) {
        v = g.must(MovementGrowth.transpose(v, random), v);
      } else if (random.nextBoolean()) {
        v = op(ElementwiseKind.RELU, v);
      } else {
        v = g.must(new Reshape(Shape.of(v.shape().elements())), v);
      }
    }
    if (v.shape().elements() == x.shape().elements()) {
      g.add(new Reshape(x.shape()), v);
    }
  }

  private void activation(Value x) {
    switch (random.nextInt(6)) {
      case 0 -> op(ElementwiseKind.MUL, x, op(ElementwiseKind.SIGMOID, x));
      case 1 ->
          op(ElementwiseKind.MUL, x, op(ElementwiseKind.TANH, op(ElementwiseKind.SOFTPLUS, x)));
      case 2 -> {
        Value shifted = op(ElementwiseKind.ADD, x, number(x, 3));
        Value clipped = g.must(Elementwise.of(ElementwiseKind.CLIP, 0, 6), shifted);
        op(ElementwiseKind.DIV, op(ElementwiseKind.MUL, x, clipped), number(x, 6));
      }
      case 3 -> {
        Value e = op(ElementwiseKind.EXP, op(ElementwiseKind.NEG, x));
        op(ElementwiseKind.DIV, number(x, 1), op(ElementwiseKind.ADD, e, number(x, 1)));
      }
      case 4 ->
          op(
              ElementwiseKind.LOG,
              op(ElementwiseKind.ADD, op(ElementwiseKind.EXP, x), number(x, 1)));
      default -> op(ElementwiseKind.POW, x, number(x, random.nextInt(4) - 1));
    }
  }

  private void gelu(Value x) {
    if (random.nextBoolean()) {
      Value e = op(ElementwiseKind.ERF, op(ElementwiseKind.DIV, x, number(x, Math.sqrt(2))));
      Value half = op(ElementwiseKind.MUL, x, op(ElementwiseKind.ADD, e, number(x, 1)));
      op(ElementwiseKind.MUL, half, number(x, 0.5));
    } else {
      Value cube = op(ElementwiseKind.POW, x, number(x, 3));
      Value inner = op(ElementwiseKind.ADD, x, op(ElementwiseKind.MUL, cube, number(x, 0.044715)));
      Value t =
          op(
              ElementwiseKind.TANH,
              op(ElementwiseKind.MUL, inner, number(x, Math.sqrt(2 / Math.PI))));
      Value one = op(ElementwiseKind.ADD, t, number(x, 1));
      op(ElementwiseKind.MUL, op(ElementwiseKind.MUL, x, number(x, 0.5)), one);
    }
  }

  private void norm(Value x, int rank) {
    if (rank == 0) {
      return;
    }
    Reduce mean = new Reduce(ReduceKind.MEAN, List.of(rank - 1), true);
    boolean centre = random.nextInt(3) != 0;
    Value d = centre ? op(ElementwiseKind.SUB, x, g.must(mean, x)) : x;
    Value square =
        random.nextBoolean()
            ? op(ElementwiseKind.MUL, d, d)
            : op(ElementwiseKind.POW, d, number(x, 2));
    Value v = op(ElementwiseKind.ADD, g.must(mean, square), number(x, 1e-2));
    Value y = op(ElementwiseKind.DIV, d, op(ElementwiseKind.SQRT, v));
    if (random.nextBoolean()) {
      long c = x.type().dim(rank - 1);
      Value scaled = op(ElementwiseKind.MUL, y, g.positive(x.dtype(), c));
      op(ElementwiseKind.ADD, scaled, g.weights(x.dtype(), c));
    }
  }

  private void softmax(Value x, int rank) {
    if (rank == 0 || x.shape().elements() == 0) {
      return;
    }
    int axis = random.nextInt(rank);
    Value d =
        op(ElementwiseKind.SUB, x, g.must(new Reduce(ReduceKind.MAX, List.of(axis), true), x));
    Value e = op(ElementwiseKind.EXP, random.nextInt(3) == 0 ? x : d);
    Value sum = g.must(new Reduce(ReduceKind.SUM, List.of(axis), true), e);
    Value y = op(ElementwiseKind.DIV, e, sum);
    if (random.nextInt(3) == 0) {
      op(ElementwiseKind.LOG, y);
    }
  }

  private void attention() {
    Optional<Value> x = g.floats(3);
    if (x.isEmpty() || x.get().shape().elements() == 0) {
      return;
    }
    Value in = x.get();
    long c = in.type().dim(2);
    Value q = g.must(new MatMul(false, false), in, g.weights(in.dtype(), c, c));
    Value k = g.must(new MatMul(false, false), in, g.weights(in.dtype(), c, c));
    boolean written = random.nextBoolean();
    Value kt = written ? g.must(new Transpose(List.of(0, 2, 1)), k) : k;
    Value s = g.must(new MatMul(false, !written), q, kt);
    Value scaled = op(ElementwiseKind.MUL, s, number(in, 0.5));
    Value masked =
        random.nextBoolean()
            ? scaled
            : op(ElementwiseKind.ADD, scaled, g.weights(in.dtype(), in.type().dim(1)));
    g.must(new MatMul(false, false), g.must(new Softmax(2), masked), in);
  }

  private void linears() {
    Optional<Value> x = g.floats(2 + random.nextInt(2));
    if (x.isEmpty()) {
      return;
    }
    Value v = x.get();
    for (int i = 0; i < 2; i++) {
      long c = v.type().dim(v.shape().rank() - 1);
      long out = 1L + random.nextInt(8);
      v = g.must(new MatMul(false, false), v, g.weights(v.dtype(), c, out));
      v = random.nextBoolean() ? op(ElementwiseKind.ADD, v, g.weights(v.dtype(), out)) : v;
    }
  }

  /** Cut in two along an axis, something done, and joined. */
  private void splits(Value x, int rank) {
    int axis = rank == 0 ? 0 : random.nextInt(rank);
    if (rank == 0 || x.type().dim(axis) < 2) {
      return;
    }
    long e = x.type().dim(axis);
    long cut = 1L + random.nextInt((int) e - 1);
    Value a = part(x, axis, 0, cut);
    Value b = part(x, axis, cut, e - cut);
    if (random.nextBoolean()) {
      a = op(ElementwiseKind.RELU, a);
    }
    g.must(new Concat(axis), random.nextInt(4) == 0 ? b : a, b);
  }

  private Value part(Value x, int axis, long start, long size) {
    int rank = x.shape().rank();
    List<Long> starts = new ArrayList<>(Collections.nCopies(rank, 0L));
    List<Long> sizes = new ArrayList<>();
    for (long e : x.shape().toArray()) {
      sizes.add(e);
    }
    starts.set(axis, start);
    sizes.set(axis, size);
    return g.must(new Slice(starts, sizes, Collections.nCopies(rank, 1L)), x);
  }

  private void clips(Value x) {
    Value low = op(ElementwiseKind.MAX, x, number(x, -1));
    Value v = op(ElementwiseKind.MIN, low, number(x, random.nextInt(3)));
    Value half =
        g.must(new dev.nncc.graph.op.Cast(random.nextBoolean() ? DType.F64 : DType.F32), v);
    g.add(new dev.nncc.graph.op.Cast(x.dtype()), half);
  }

  private void hardSigmoid(Value x) {
    Value shifted = op(ElementwiseKind.ADD, x, number(x, 3));
    Value v = g.must(Elementwise.of(ElementwiseKind.CLIP, 0, 6), shifted);
    boolean divided = random.nextBoolean();
    op(divided ? ElementwiseKind.DIV : ElementwiseKind.MUL, v, number(x, divided ? 6 : 1 / 6.0));
  }

  private void residual() {
    Optional<Value> x = g.floats(4);
    if (x.isPresent()) {
      Value in = x.get();
      Optional<Value> y = ContractionGrowth.conv(g, in);
      y.filter(v -> v.shape().equals(in.shape())).ifPresent(v -> op(ElementwiseKind.ADD, v, in));
    }
  }
}
