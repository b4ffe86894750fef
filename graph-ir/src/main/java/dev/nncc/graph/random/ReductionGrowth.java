package dev.nncc.graph.random;

import dev.nncc.graph.Value;
import dev.nncc.graph.op.ArgReduce;
import dev.nncc.graph.op.BatchNorm;
import dev.nncc.graph.op.CumSum;
import dev.nncc.graph.op.InstanceNorm;
import dev.nncc.graph.op.LayerNorm;
import dev.nncc.graph.op.LogSoftmax;
import dev.nncc.graph.op.Lrn;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.PoolKind;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.graph.op.RmsNorm;
import dev.nncc.graph.op.Softmax;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Reductions, pools and normalisations. */
final class ReductionGrowth {
  private ReductionGrowth() {}

  static void grow(Growth g) {
    Random random = g.random;
    int choice = random.nextInt(12);
    if (choice < 4) {
      along(g, g.any(), choice);
    } else if (choice < 7) {
      g.floats(3 + random.nextInt(2)).ifPresent(x -> pool(g, x));
    } else {
      g.floats(2 + random.nextInt(3)).ifPresent(x -> normalise(g, x, choice));
    }
  }

  private static void along(Growth g, Value x, int choice) {
    Random random = g.random;
    int rank = x.shape().rank();
    if (rank == 0) {
      return;
    }
    int axis = random.nextInt(rank);
    switch (choice) {
      case 0 -> g.add(new CumSum(axis, random.nextBoolean(), random.nextBoolean()), x);
      case 1 ->
          g.add(
              new ArgReduce(random.nextBoolean(), axis, random.nextBoolean(), random.nextBoolean()),
              x);
      default -> {
        List<Integer> axes = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
          if (i == axis || random.nextInt(3) == 0) {
            axes.add(i);
          }
        }
        ReduceKind kind = ReduceKind.values()[random.nextInt(ReduceKind.values().length)];
        g.add(new Reduce(kind, axes, random.nextBoolean()), x);
      }
    }
  }

  private static void pool(Growth g, Value x) {
    Random random = g.random;
    ContractionGrowth.Window w = new ContractionGrowth.Window(x.shape().rank() - 2, random);
    PoolKind kind = PoolKind.values()[random.nextInt(PoolKind.values().length)];
    List<Long> dilations = new ArrayList<>(w.dilations);
    g.add(
        new Pool(
            kind,
            w.kernel,
            w.strides,
            w.before,
            w.after,
            dilations,
            random.nextBoolean(),
            random.nextBoolean()),
        x);
  }

  private static void normalise(Growth g, Value x, int choice) {
    Random random = g.random;
    int rank = x.shape().rank();
    int axis = random.nextInt(rank);
    long c = x.type().dim(1);
    switch (choice) {
      case 7 -> g.add(new Softmax(axis), x);
      case 8 -> g.add(new LogSoftmax(axis), x);
      case 9 -> {
        long[] tail = java.util.Arrays.copyOfRange(x.shape().toArray(), axis, rank);
        g.add(
            new LayerNorm(axis, 1e-2), x, g.positive(x.dtype(), tail), g.weights(x.dtype(), tail));
      }
      case 10 -> {
        if (random.nextInt(3) == 0) {
          long[] tail = java.util.Arrays.copyOfRange(x.shape().toArray(), axis, rank);
          double floor = random.nextBoolean() ? 0 : 0.5;
          g.add(new RmsNorm(axis, 1e-2, floor), x, g.weights(x.dtype(), tail));
        } else if (random.nextBoolean()) {
          g.add(new Lrn(1 + random.nextInt(4), 0.5, 0.75, 1), x);
        } else {
          g.add(new InstanceNorm(1e-2), x, g.positive(x.dtype(), c), g.weights(x.dtype(), c));
        }
      }
      default ->
          g.add(
              new BatchNorm(1e-3),
              x,
              g.positive(x.dtype(), c),
              g.weights(x.dtype(), c),
              g.weights(x.dtype(), c),
              g.positive(x.dtype(), c));
    }
  }
}
