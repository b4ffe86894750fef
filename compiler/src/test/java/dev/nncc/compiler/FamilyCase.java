package dev.nncc.compiler;

import dev.nncc.graph.DType;
import dev.nncc.graph.Graph;
import dev.nncc.graph.GraphBuilder;
import dev.nncc.graph.Op;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.tensor.winograd.Winograd;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** A graph under construction with its inputs' values. */
final class FamilyCase {
  final GraphBuilder b = new GraphBuilder("case");
  final List<Tensor> inputs = new ArrayList<>();
  private final Random random;

  /** Which convolutions take an algorithm with fewer multiplications. */
  Winograd.Choice winograd = Winograd.AUTO;

  FamilyCase(Random random) {
    this.random = random;
  }

  Value input(long... dims) {
    return input(DType.F32, 1 << 20, dims);
  }

  /** Integers below {@code bound}; floats are normal. */
  Value input(DType t, int bound, long... dims) {
    Tensor x = tensor(t, bound, Shape.of(dims));
    inputs.add(x);
    return b.input("x" + inputs.size(), x.type());
  }

  Value constant(long... dims) {
    return b.constant(tensor(DType.F32, 0, Shape.of(dims)));
  }

  private Tensor tensor(DType t, int bound, Shape shape) {
    TensorBuilder out = new TensorBuilder(new TensorType(t, shape));
    for (long i = 0, n = shape.elements(); i < n; i++) {
      if (t.isFloat()) {
        out.set(i, random.nextGaussian());
      } else {
        out.set(i, (long) random.nextInt(bound));
      }
    }
    return out.build();
  }

  Value add(Op op, Value... operands) {
    return b.add(Origin.NONE, op, operands);
  }

  Value act(ElementwiseKind kind, Value x) {
    double[] params = new double[kind.params().size()];
    Arrays.fill(params, 0.3);
    return add(Elementwise.of(kind, params), x);
  }

  Graph graph(Value... outputs) {
    for (int i = 0; i < outputs.length; i++) {
      b.output("y" + i, outputs[i]);
    }
    return b.build();
  }
}
