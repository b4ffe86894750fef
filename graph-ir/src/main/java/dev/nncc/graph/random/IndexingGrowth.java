package dev.nncc.graph.random;

import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ArgReduce;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Gather;
import dev.nncc.graph.op.GatherElements;
import dev.nncc.graph.op.GatherNd;
import dev.nncc.graph.op.OneHot;
import dev.nncc.graph.op.ScatterElements;
import dev.nncc.graph.op.ScatterKind;
import dev.nncc.graph.op.ScatterNd;
import dev.nncc.graph.op.Suppress;
import dev.nncc.graph.op.TopK;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;

/** Elements at places that other tensors hold. */
final class IndexingGrowth {
  private IndexingGrowth() {}

  static void grow(Growth g) {
    Value v = g.any();
    int rank = v.shape().rank();
    if (rank == 0 || v.shape().elements() == 0) {
      return;
    }
    Random random = g.random;
    int axis = random.nextInt(rank);
    long extent = v.type().dim(axis);
    switch (random.nextInt(9)) {
      case 0, 1 -> g.add(new Gather(axis), v, positions(g, v, axis));
      case 2 -> g.add(new GatherElements(axis), v, indices(random, g, v.shape(), extent));
      case 3 -> {
        Value at = indices(random, g, Shape.of(1 + random.nextInt(4), 1), v.type().dim(0));
        g.add(new GatherNd(0), v, at);
      }
      case 4 -> {
        Value updates = like(g, v, v.shape());
        Value at = distinct(g, v, axis);
        g.add(new ScatterElements(axis, kind(v, random)), v, at, updates);
      }
      case 5 -> {
        long[] row = v.shape().toArray();
        row[0] = 1;
        Value at =
            g.constant(Tensor.ofLongs(Shape.of(1, 1), random.nextInt((int) v.type().dim(0))));
        g.add(new ScatterNd(kind(v, random)), v, at, like(g, v, Shape.of(row)));
      }
      case 6 -> {
        Value at = indices(random, g, g.shape(random.nextInt(3)), 6);
        Value pair = g.constant(g.numbers(TensorType.of(g.floats, 2), false));
        g.add(new OneHot(random.nextInt(at.shape().rank() + 1), 1 + random.nextInt(5)), at, pair);
      }
      case 7 -> suppress(g, v);
      default -> {
        if (v.dtype() != DType.BOOL) {
          long k = 1L + random.nextInt((int) extent);
          g.add(new TopK(axis, k, random.nextBoolean()), v);
        }
      }
    }
  }

  /** What is above zero is a candidate; the overlaps are any. */
  private static void suppress(Growth g, Value v) {
    if (v.dtype() == DType.BOOL) {
      return;
    }
    long n = v.type().dim(v.shape().rank() - 1);
    long[] extents = Arrays.copyOf(v.shape().toArray(), v.shape().rank() + 1);
    extents[extents.length - 1] = n;
    long[] overlaps = g.random.longs(v.shape().elements() * n, 0, 2).toArray();
    TensorType type = new TensorType(DType.BOOL, Shape.of(extents));
    g.add(Elementwise.of(ElementwiseKind.LESS), g.scalar(v.dtype(), 0), v)
        .ifPresent(may -> g.add(new Suppress(), may, g.constant(Tensor.of(type, overlaps))));
  }

  /** Constant places, in a row or any, or places that the graph finds. */
  private static Value positions(Growth g, Value v, int axis) {
    Random random = g.random;
    long extent = v.type().dim(axis);
    int choice = random.nextInt(4);
    if (choice == 0) {
      Optional<Value> found = g.add(new ArgReduce(true, axis, random.nextBoolean(), false), v);
      if (found.isPresent()) {
        return found.get();
      }
    }
    if (choice == 1) {
      int start = random.nextInt((int) extent);
      long[] run = new long[1 + random.nextInt((int) extent - start)];
      for (int i = 0; i < run.length; i++) {
        run[i] = (long) start + i;
      }
      return g.longs(run);
    }
    return indices(random, g, g.shape(random.nextInt(3)), extent);
  }

  private static Value indices(Random random, Growth g, Shape shape, long below) {
    long[] at = new long[(int) shape.elements()];
    for (int i = 0; i < at.length; i++) {
      at[i] = random.nextInt((int) below);
    }
    return g.constant(Tensor.ofLongs(shape, at));
  }

  /** For each line the same shift: no place is written twice. */
  private static Value distinct(Growth g, Value v, int axis) {
    long[] at = new long[(int) v.shape().elements()];
    long shift = g.random.nextInt(5);
    long stride = v.shape().strides()[axis];
    for (int i = 0; i < at.length; i++) {
      at[i] = (i / stride + shift) % v.type().dim(axis);
    }
    return g.constant(Tensor.ofLongs(v.shape(), at));
  }

  private static ScatterKind kind(Value v, Random random) {
    ScatterKind[] all = ScatterKind.values();
    return v.dtype() == DType.BOOL ? ScatterKind.NONE : all[random.nextInt(all.length)];
  }

  private static Value like(Growth g, Value v, Shape shape) {
    return g.any(o -> o.dtype() == v.dtype() && o.shape().equals(shape))
        .orElseGet(() -> g.constant(g.numbers(v.type().withShape(shape), false)));
  }
}
