package dev.nncc.passes.fold;

import dev.nncc.graph.Node;
import dev.nncc.graph.Payload;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ContractionOp;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.MatMul;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code MatMul(MatMul(x, v) + b, w) -> MatMul(x, v w) + b w} for constants, and the same for two
 * convolutions of which one is 1x1, where that lowers the work. A border of zeros allows it only if
 * the first layer has no bias or the second no border. Several layers may read the first.
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
  public Roots roots() {
    return Roots.of(ContractionOp.class);
  }

  /**
   * The layer in front.
   *
   * @param shift what is added to its result by column
   */
  private record First(Contraction a, Optional<double[]> shift) {
    static Optional<First> of(Value v, RewriteContext context) {
      Optional<Node> n = context.producer(v);
      Optional<Contraction> plain = n.flatMap(c -> Contraction.of(c, context));
      if (plain.isPresent()) {
        return plain.filter(First::isSimple).map(a -> new First(a, Optional.empty()));
      }
      if (n.isEmpty() || !RewriteContext.isKind(n.get(), ElementwiseKind.ADD)) {
        return Optional.empty();
      }
      Value product = n.get().operand(0);
      Optional<double[]> shift =
          context
              .constant(n.get().operand(1))
              .filter(t -> product.type().equals(v.type()))
              .flatMap(t -> Axes.along(t, v.shape(), v.shape().rank() - 1));
      return Contraction.onlyFor(product, context)
          .filter(a -> shift.isPresent() && a.node().op() instanceof MatMul && isSimple(a))
          .map(a -> new First(a, shift));
    }

    private static boolean isSimple(Contraction a) {
      return a.node().op() instanceof Conv c && c.groups() == 1
          || a.node().op() instanceof MatMul && isMatrix(a);
    }
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    Optional<Contraction> second = Contraction.of(root, context);
    Optional<First> first = second.flatMap(b -> First.of(b.x(), context));
    if (first.isEmpty()
        || context.isOutput(second.orElseThrow().x())
        || !pays(first.get().a(), second.orElseThrow(), context)) {
      return Optional.empty();
    }
    Contraction b = second.orElseThrow();
    return root.op() instanceof Conv
        ? convolutions(first.get().a(), b, context)
        : products(first.get(), b, context);
  }

  private static Optional<Replacement> products(
      First first, Contraction b, RewriteContext context) {
    Contraction a = first.a();
    Value w = context.constant(weights(a, b, Shape.of(a.inputs(), b.outputs())));
    MatMul op = new MatMul(((MatMul) a.node().op()).transposeA(), false);
    Value product = context.add(op, a.x(), w);
    if (first.shift().isEmpty()) {
      return Replacement.by(product);
    }
    Value t = context.constant(b.ofConstant(first.shift().get()));
    return Replacement.by(context.add(ElementwiseKind.ADD, product, t));
  }

  /** Weights of two dimensions on the right. */
  private static boolean isMatrix(Contraction c) {
    boolean plain = !((MatMul) c.node().op()).transposeA();
    return c.data() == 0 && c.weights().shape().rank() == 2 && (c.x().shape().rank() == 2 || plain);
  }

  private static boolean fit(Contraction a, Contraction b) {
    if (b.node().op() instanceof MatMul m) {
      return a.node().op() instanceof MatMul && !m.transposeA() && isMatrix(b);
    }
    if (!(b.node().op() instanceof Conv second && a.node().op() instanceof Conv first)) {
      return false;
    }
    boolean pointFirst = a.run() == 1 && !isBordered(first);
    boolean strided = first.strides().stream().anyMatch(s -> s != 1);
    boolean biased = isBordered(second) && a.bias().isPresent();
    return second.groups() == 1 && (isPoint(b, second) || pointFirst && !strided && !biased);
  }

  private static boolean isPoint(Contraction b, Conv second) {
    return b.run() == 1 && !isBordered(second);
  }

  private static boolean isBordered(Conv c) {
    return c.padsBegin().stream().anyMatch(p -> p != 0)
        || c.padsEnd().stream().anyMatch(p -> p != 0);
  }

  private static Optional<Replacement> convolutions(
      Contraction a, Contraction b, RewriteContext context) {
    Conv first = (Conv) a.node().op();
    Conv second = (Conv) b.node().op();
    boolean point = isPoint(b, second);
    Conv shape = point ? first : second;
    List<Long> strides = new ArrayList<>();
    for (int i = 0; i < first.strides().size(); i++) {
      strides.add(first.strides().get(i) * second.strides().get(i));
    }
    Conv op = new Conv(strides, shape.padsBegin(), shape.padsEnd(), shape.dilations(), 1);
    long[] extents = (point ? a : b).weights().shape().toArray();
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

  /**
   * Whether it is less work without the first layer, if all that read it take it over: then so it
   * is for those that are left when some have.
   */
  private boolean pays(Contraction a, Contraction b, RewriteContext context) {
    double before = pixels(a) * a.inputs() * a.outputs() * a.run();
    double more = 0;
    for (Node n : context.users(b.x())) {
      Optional<Contraction> reader = Contraction.of(n, context).filter(c -> fit(a, c));
      if (reader.isEmpty()) {
        return false;
      }
      Contraction c = reader.get();
      double taps = Math.max(a.run(), c.run());
      double each = a.inputs() * taps - c.inputs() * (double) c.run();
      more += Math.max(0, pixels(c) * c.outputs() * each);
    }
    double once = (double) a.weights().elements() * b.outputs() * b.run();
    return more < before && once <= mostMultiplications;
  }

  /** Results that one output of the weights has. */
  private static double pixels(Contraction c) {
    return c.node().result().shape().elements() / (double) c.outputs();
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
