package dev.nncc.graph.op;

import dev.nncc.graph.DType;
import dev.nncc.graph.Graph;
import dev.nncc.graph.GraphBuilder;
import dev.nncc.graph.Op;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Seed;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Every operator at least once, with operands that fit it. */
final class Samples {
  record Sample(Op op, List<Tensor> operands) {
    @Override
    public String toString() {
      return op + " of " + operands.stream().map(Tensor::type).toList();
    }
  }

  private Samples() {}

  static List<Sample> all() {
    List<Sample> all = new ArrayList<>();
    elementwise(all);
    contractions(all);
    reductions(all);
    movements(all);
    indexing(all);
    recurrent(all);
    return all;
  }

  private static void elementwise(List<Sample> all) {
    for (ElementwiseKind kind : ElementwiseKind.values()) {
      for (DType t : DType.values()) {
        if (!kind.admits(t)) {
          continue;
        }
        Elementwise op = new Elementwise(kind, Collections.nCopies(kind.params().size(), 0.5));
        List<Tensor> operands = new ArrayList<>();
        for (int i = 0; i < kind.arity(); i++) {
          DType own = kind == ElementwiseKind.WHERE && i == 0 ? DType.BOOL : t;
          long[] shape =
              i == 0 ? new long[] {2, 3, 1, 5} : i == 1 ? new long[] {4, 1} : new long[0];
          operands.add(Seed.of(i).tensor(TensorType.of(own, shape)));
        }
        all.add(new Sample(op, operands));
      }
    }
    for (DType from : DType.values()) {
      for (DType to : DType.values()) {
        all.add(new Sample(new Cast(to), List.of(Seed.of(7).tensor(TensorType.of(from, 3, 7)))));
      }
    }
  }

  private static void contractions(List<Sample> all) {
    List<Long> one = List.of(1L);
    List<Long> zero = List.of(0L);
    add(all, new Conv(one, zero, zero, one, 1), floats(1, 2, 9), floats(3, 2, 4));
    add(
        all,
        new Conv(l(2, 1), l(1, 0), l(0, 2), l(1, 2), 2),
        floats(2, 4, 7, 8),
        floats(6, 2, 3, 3),
        floats(6));
    add(
        all,
        new Conv(l(1, 1, 1), l(0, 0, 0), l(0, 0, 0), l(1, 1, 1), 1),
        floats(2, 3, 2, 3, 4),
        floats(5, 3, 1, 1, 1));
    add(
        all,
        new ConvTranspose(l(2, 3), l(1, 0), l(0, 1), l(1, 2), l(1, 0), 2),
        floats(2, 4, 3, 5),
        floats(4, 3, 3, 2),
        floats(6));
    add(
        all,
        new Conv(one, zero, zero, one, 1),
        Seed.of(1).tensor(TensorType.of(DType.I8, 1, 2, 9)),
        Seed.of(2).tensor(TensorType.of(DType.I8, 3, 2, 4)));
    add(all, new MatMul(false, false), floats(2, 3), floats(3, 4));
    add(all, new MatMul(true, true), floats(5, 1, 3, 2), floats(7, 4, 3));
    add(
        all,
        new MatMul(false, true),
        Seed.of(1).tensor(TensorType.of(DType.I32, 2, 3)),
        Seed.of(2).tensor(TensorType.of(DType.I32, 6, 4, 3)));
  }

  private static void reductions(List<Sample> all) {
    for (ReduceKind kind : ReduceKind.values()) {
      add(all, new Reduce(kind, List.of(0, 2), true), floats(2, 3, 4));
      add(all, new Reduce(kind, List.of(1), false), floats(2, 3, 4));
      add(
          all,
          new Reduce(kind, List.of(0, 1), false),
          Seed.of(3).tensor(TensorType.of(DType.I16, 2, 3)));
    }
    add(all, new ArgReduce(true, 1, true, false), floats(2, 3, 4));
    add(all, new ArgReduce(false, 2, false, true), floats(2, 3, 4));
    add(all, new CumSum(1, true, true), floats(2, 3, 4));
    add(all, new Pool(PoolKind.MAX, l(3), l(2), l(1), l(1), l(1), false, true), floats(1, 2, 8));
    add(
        all,
        new Pool(PoolKind.AVERAGE, l(3, 2), l(2, 1), l(1, 0), l(1, 1), l(1, 2), true, false),
        floats(2, 3, 7, 8));
    add(all, new Softmax(1), floats(2, 3, 4));
    add(all, new LogSoftmax(2), floats(2, 3, 4));
    Tensor variance = new Seed(5, 0.5, 2).tensor(TensorType.of(DType.F32, 3));
    add(all, new BatchNorm(1e-5), floats(2, 3, 4), floats(3), floats(3), floats(3), variance);
    add(all, new LayerNorm(1, 1e-5), floats(2, 3, 4), floats(3, 4), floats(3, 4));
    add(all, new RmsNorm(1, 1e-5, 0), floats(2, 3, 4), floats(3, 4));
    add(all, new RmsNorm(2, 0, 0.5), floats(2, 3, 4), floats(4));
    add(all, new InstanceNorm(1e-5), floats(2, 3, 4), floats(3), floats(3));
    add(all, new Lrn(3, 1e-4, 0.75, 1), floats(2, 5, 4));
  }

  private static void movements(List<Sample> all) {
    add(all, new Reshape(Shape.of(4, 1, 6)), floats(2, 3, 4));
    add(all, new Transpose(List.of(2, 0, 1)), floats(2, 3, 4));
    add(all, new Slice(l(1, 2), l(1, 3), l(1, -1)), floats(2, 3));
    for (PadMode mode : PadMode.values()) {
      add(all, new Pad(l(1, 2), l(0, 1), mode, 0.5), floats(2, 3));
    }
    add(all, new Concat(1), floats(2, 3), floats(2, 1), floats(2, 2));
    add(all, new Expand(Shape.of(2, 4, 3)), floats(4, 1));
    add(all, new Tile(l(2, 1, 3)), floats(2, 3, 4));
    for (ResizeMode mode : ResizeMode.values()) {
      for (ResizeCoordinates c : ResizeCoordinates.values()) {
        for (ResizeRounding r : ResizeRounding.values()) {
          add(
              all,
              new Resize(mode, l(1, 2, 7, 3), List.of(1.0, 1.0, 1.4, 0.75), c, r, -0.5, true),
              floats(1, 2, 5, 4));
        }
      }
    }
  }

  private static void indexing(List<Sample> all) {
    Tensor x = floats(3, 4, 5);
    Tensor one = Tensor.ofLongs(Shape.of(2, 2), 0, -1, 2, 1);
    add(all, new Gather(1), x, one);
    Tensor three = Tensor.ofLongs(Shape.of(1, 2, 2), 0, -1, 2, 1);
    add(all, new GatherElements(2), x, three);
    add(all, new GatherNd(0), x, one);
    add(all, new GatherNd(1), x, Tensor.ofLongs(Shape.of(3, 1), 0, 1, 3));
    for (ScatterKind kind : ScatterKind.values()) {
      add(all, new ScatterElements(2, kind), x, three, floats(1, 2, 2));
      add(all, new ScatterNd(kind), x, one, floats(2, 5));
    }
    add(all, new OneHot(1, 4), one, Tensor.ofFloats(Shape.of(2), 0, 1));
    add(all, new TopK(1, 2, true), x);
    add(all, new TopK(0, 3, false), x);
    Tensor candidates = Tensor.of(TensorType.of(DType.BOOL, 2, 2), new long[] {1, 1, 1, 1});
    long[] overlaps = {0, 1, 1, 0, 1, 1, 0, 1};
    Tensor matrix = Tensor.of(TensorType.of(DType.BOOL, 2, 2, 2), overlaps);
    add(all, new Suppress(), candidates, matrix);
  }

  private static void recurrent(List<Sample> all) {
    for (Direction direction : Direction.values()) {
      long d = direction == Direction.BIDIRECTIONAL ? 2 : 1;
      Tensor x = floats(5, 2, 3);
      Tensor state = floats(d, 2, 4);
      add(
          all,
          new Lstm(4, direction),
          x,
          floats(d, 16, 3),
          floats(d, 16, 4),
          floats(d, 32),
          state,
          state);
      add(
          all,
          new Gru(4, direction, d == 2),
          x,
          floats(d, 12, 3),
          floats(d, 12, 4),
          floats(d, 24),
          state);
      add(
          all,
          new Rnn(4, direction, RnnActivation.TANH),
          x,
          floats(d, 4, 3),
          floats(d, 4, 4),
          floats(d, 8),
          state);
    }
    add(all, new Fused(body()), floats(2, 3), floats(3));
  }

  private static Graph body() {
    GraphBuilder b = new GraphBuilder("add+relu");
    Value x = b.input("x", TensorType.of(DType.F32, 2, 3));
    Value y = b.input("y", TensorType.of(DType.F32, 3));
    Value sum = b.add(Origin.NONE, Elementwise.of(ElementwiseKind.ADD), x, y);
    b.output("relu", b.add(Origin.NONE, Elementwise.of(ElementwiseKind.RELU), sum));
    return b.build();
  }

  private static void add(List<Sample> all, Op op, Tensor... operands) {
    all.add(new Sample(op, List.of(operands)));
  }

  static Tensor floats(long... shape) {
    return Seed.of(Arrays.hashCode(shape)).tensor(TensorType.of(DType.F32, shape));
  }

  static List<Long> l(long... values) {
    return Arrays.stream(values).boxed().toList();
  }
}
