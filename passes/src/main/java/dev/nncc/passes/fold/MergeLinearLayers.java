package dev.nncc.passes.fold;

import dev.nncc.graph.Node;
import dev.nncc.graph.Payload;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.MatMul;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code MatMul(MatMul(x, v) + b, w) -> MatMul(x, v w) + b w} for constants, and the same for two
 * convolutions of which one is 1x1, where that lowers the work. A border of zeros allows it only if
 * the first layer has no bias or the second no border; what others read stays.
 *
 * @param mostMultiplications of the weights with each other, done when they are packed
 */
public record MergeLinearLayers(long mostMultiplications) implements Rule {
  public MergeLinearLayers() {
    this(1L << 30);
  }

  @Override
  public Exactness exactness() {
    return Exactness.REASSOCIATES;
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    Optional<Contraction> second = Contraction.of(root, context);
    if (second.isEmpty()) {
      return Optional.empty();
    }
    Contraction b = second.get();
    if (root.op() instanceof Conv) {
      return Contraction.onlyFor(b.x(), context)
          .filter(a -> a.node().op() instanceof Conv)
          .flatMap(a -> convolutions(a, b, context));
    }
    return isPlain(root) && b.data() == 0 && isMatrix(b, root)
        ? products(b, context)
        : Optional.empty();
  }

  private Optional<Replacement> products(Contraction b, RewriteContext context) {
    Value between = b.x();
    Optional<Tensor> bias = Optional.empty();
    Optional<Node> sum =
        context
            .onlyFor(between, Elementwise.class)
            .filter(n -> RewriteContext.isKind(n, ElementwiseKind.ADD))
            .filter(n -> n.result().type().equals(n.operand(0).type()));
    if (sum.isPresent()) {
      bias = context.constant(sum.get().operand(1));
      between = sum.get().operand(0);
      if (bias.isEmpty()) {
        return Optional.empty();
      }
    }
    Value inner = between;
    Optional<double[]> shift =
        bias.flatMap(t -> Axes.along(t, inner.shape(), inner.shape().rank() - 1));
    Optional<Contraction> first =
        Contraction.onlyFor(inner, context)
            .filter(a -> a.node().op() instanceof MatMul && a.data() == 0)
            .filter(a -> isMatrix(a, a.node()));
    if (first.isEmpty() || bias.isPresent() && shift.isEmpty()) {
      return Optional.empty();
    }
    Contraction a = first.get();
    double more =
        a.inputs() * (double) (b.outputs() - a.outputs()) - a.outputs() * (double) b.outputs();
    if (!pays(more, a, b)) {
      return Optional.empty();
    }
    Value w = context.constant(weights(a, b, Shape.of(a.inputs(), b.outputs())));
    MatMul op = new MatMul(((MatMul) a.node().op()).transposeA(), false);
    Value product = context.add(op, a.x(), w);
    if (shift.isEmpty()) {
      return Replacement.by(product);
    }
    Value t = context.constant(b.ofConstant(shift.get()));
    return Replacement.by(context.add(ElementwiseKind.ADD, product, t));
  }

  /** Two dimensions, and no transposed result between the layers. */
  private static boolean isMatrix(Contraction c, Node n) {
    return c.weights().shape().rank() == 2 && (c.x().shape().rank() == 2 || isPlain(n));
  }

  private static boolean isPlain(Node n) {
    return n.op() instanceof MatMul m && !m.transposeA();
  }

  private Optional<Replacement> convolutions(Contraction a, Contraction b, RewriteContext context) {
    Conv first = (Conv) a.node().op();
    Conv second = (Conv) b.node().op();
    boolean bordered = !isZero(second.padsBegin()) || !isZero(second.padsEnd());
    boolean pointFirst = a.run() == 1 && isZero(first.padsBegin()) && isZero(first.padsEnd());
    boolean strided = first.strides().stream().anyMatch(s -> s != 1);
    boolean pointSecond = b.run() == 1 && !bordered;
    if (first.groups() != 1
        || second.groups() != 1
        || !(pointSecond || pointFirst && !strided && !(bordered && a.bias().isPresent()))) {
      return Optional.empty();
    }
    double taps = Math.max(a.run(), b.run());
    double between = spatial(a.node().result());
    double after = spatial(b.node().result());
    double old =
        between * a.inputs() * a.outputs() * a.run() + after * b.inputs() * b.outputs() * b.run();
    if (!pays(after * a.inputs() * b.outputs() * taps - old, a, b)) {
      return Optional.empty();
    }
    Conv shape = pointSecond ? first : second;
    List<Long> strides = new ArrayList<>();
    for (int i = 0; i < first.strides().size(); i++) {
      strides.add(first.strides().get(i) * second.strides().get(i));
    }
    Conv op = new Conv(strides, shape.padsBegin(), shape.padsEnd(), shape.dilations(), 1);
    long[] extents = (pointSecond ? a : b).weights().shape().toArray();
    extents[0] = b.outputs();
    extents[1] = a.inputs();
    List<Value> operands = new ArrayList<>(List.of(a.x()));
    operands.add(context.constant(weights(a, b, Shape.of(extents))));
    if (a.bias().isPresent()) {
      double[] shift = a.bias().get().toDoubles();
      operands.add(context.constant(b.ofConstant(shift)));
    } else {
      b.bias().map(context::constant).ifPresent(operands::add);
    }
    return Optional.of(new Replacement(context.addAll(op, operands)));
  }

  private boolean pays(double more, Contraction a, Contraction b) {
    double once = (double) a.weights().elements() * b.outputs() * b.run();
    return more < 0 && once <= mostMultiplications;
  }

  private static double spatial(Value v) {
    return v.shape().elements() / (double) v.type().dim(1);
  }

  private static boolean isZero(List<Long> pads) {
    return pads.stream().allMatch(p -> p == 0);
  }

  /** The weights of both layers as one, in the order of the second's output, when first read. */
  private static Tensor weights(Contraction a, Contraction b, Shape shape) {
    TensorType type = a.weights().type().withShape(shape);
    boolean product = b.node().op() instanceof MatMul;
    return new Tensor(
        type,
        Payload.lazy(
            type.bytes(), () -> ProductOfWeights.of(a, b, type, product).payload().bytes()));
  }
}
