package dev.nncc.passes.fold;

import dev.nncc.graph.Node;
import dev.nncc.graph.Payload;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.ConvTranspose;
import dev.nncc.graph.op.MatMul;
import dev.nncc.passes.rewrite.RewriteContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A convolution, a transposed one or a matrix product with constant weights: a linear map from
 * channels (the axis of the data that is summed over) to channels (the axis of the result that
 * weights differ along).
 *
 * @param data which operand is not the weights
 * @param bias of convolutions; products have none
 */
record Contraction(Node node, int data, Tensor weights, Optional<Tensor> bias) {
  static Optional<Contraction> of(Node n, RewriteContext context) {
    if (n.op() instanceof MatMul) {
      return of(n, 0, context).or(() -> of(n, 1, context));
    }
    return n.op() instanceof Conv || n.op() instanceof ConvTranspose
        ? of(n, 0, context)
        : Optional.empty();
  }

  private static Optional<Contraction> of(Node n, int data, RewriteContext context) {
    Optional<Tensor> w = context.constant(n.operand(1 - data));
    Optional<Tensor> b =
        n.operands().size() < 3 ? Optional.empty() : context.constant(n.operand(2));
    boolean biasKnown = n.operands().size() < 3 || b.isPresent();
    boolean fits = w.isPresent() && biasKnown && !context.isConstant(n.operand(data));
    return fits && n.result().dtype().isFloat()
        ? Optional.of(new Contraction(n, data, w.orElseThrow(), b))
        : Optional.empty();
  }

  /** The contraction that makes a value for one reader. */
  static Optional<Contraction> onlyFor(Value v, RewriteContext context) {
    return context.hasOneUse(v)
        ? context.producer(v).flatMap(n -> of(n, context))
        : Optional.empty();
  }

  Value x() {
    return node.operand(data);
  }

  /** The axis of the data that is summed over. */
  int inputAxis() {
    if (!(node.op() instanceof MatMul m)) {
      return 1;
    }
    boolean last = data == 0 ? !m.transposeA() : m.transposeB();
    return x().shape().rank() - (last ? 1 : 2);
  }

  /** The axis of the result that weights differ along. */
  int outputAxis() {
    return node.op() instanceof MatMul ? node.result().shape().rank() - 1 - data : 1;
  }

  int inputs() {
    return Math.toIntExact(x().type().dim(inputAxis()));
  }

  int outputs() {
    return Math.toIntExact(node.result().type().dim(outputAxis()));
  }

  /** Weights behind each other that have the same input and output. */
  long run() {
    long[] strides = weights.shape().strides();
    return node.op() instanceof MatMul ? 1 : strides[1];
  }

  /** The input that the n-th run of weights belongs to. */
  int inputOf(int n) {
    if (node.op() instanceof MatMul m) {
      boolean inner = data == 0 ? m.transposeB() : !m.transposeA();
      return inner ? n % inputs() : n / outputs() % inputs();
    }
    int second = Math.toIntExact(weights.shape().dim(1));
    if (node.op() instanceof Conv c) {
      int group = n / second / (outputs() / c.groups());
      return group * second + n % second;
    }
    return n / second;
  }

  /** The output that the n-th run of weights belongs to. */
  int outputOf(int n) {
    if (node.op() instanceof MatMul m) {
      boolean inner = data == 0 ? !m.transposeB() : m.transposeA();
      return inner ? n % outputs() : n / inputs() % outputs();
    }
    int second = Math.toIntExact(weights.shape().dim(1));
    if (node.op() instanceof ConvTranspose t) {
      int group = n / second / (inputs() / t.groups());
      return group * second + n % second;
    }
    return n / second;
  }

  Tensor withInputsScaled(double[] k) {
    Object rule = List.of(node.op(), data, inputs(), outputs(), "inputs");
    return Axes.scaled(weights, k, new Axes.Runs(rule, run(), this::inputOf));
  }

  Tensor withOutputsScaled(double[] k) {
    Object rule = List.of(node.op(), data, inputs(), outputs(), "outputs");
    return Axes.scaled(weights, k, new Axes.Runs(rule, run(), this::outputOf));
  }

  Optional<Tensor> biasScaled(double[] k) {
    return bias.map(b -> Axes.scaled(b, k, Axes.Runs.VECTOR));
  }

  /** The same node with other data, weights and bias. */
  Value with(Value x, Tensor w, Optional<Tensor> b, RewriteContext context) {
    Value weightsNow = w == weights ? node.operand(1 - data) : context.constant(w);
    List<Value> operands = new ArrayList<>(List.of(x, weightsNow));
    if (data == 1) {
      operands = new ArrayList<>(List.of(weightsNow, x));
    }
    b.map(context::constant).ifPresent(operands::add);
    return context.addAll(node.op(), operands).get(0);
  }

  /**
   * What the contraction makes of a constant that differs by input only, away from any border; plus
   * the bias. Computed when first read.
   *
   * @return a vector by output
   */
  Tensor ofConstant(double[] t) {
    TensorType type = weights.type().withShape(Shape.of(outputs()));
    return new Tensor(type, Payload.lazy(type.bytes(), () -> sums(t, type).payload().bytes()));
  }

  private Tensor sums(double[] t, TensorType type) {
    double[] sums = bias.map(Tensor::toDoubles).orElseGet(() -> new double[outputs()]).clone();
    Tensor.Elements e = weights.reader();
    long i = 0;
    for (int r = 0; i < weights.elements(); r++) {
      double factor = Axes.at(t, inputOf(r));
      double sum = 0;
      for (long end = i + run(); i < end; i++) {
        sum += e.number(i);
      }
      sums[outputOf(r)] += sum * factor;
    }
    TensorBuilder b = new TensorBuilder(type);
    b.set(0, sums, sums.length);
    return b.build();
  }
}
