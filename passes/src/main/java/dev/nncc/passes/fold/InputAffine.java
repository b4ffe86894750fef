package dev.nncc.passes.fold;

import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Expand;
import dev.nncc.graph.op.Reshape;
import dev.nncc.passes.rewrite.RewriteContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * {@code x * k} or {@code x + k} in front of a reader, where {@code k} differs along one axis only;
 * also where the factor or summand lies in front of a Reshape, or on parts of a Concat.
 *
 * @param x what the reader reads without it
 * @param numbers along the axis; one number if it is the same everywhere
 */
record InputAffine(Value x, double[] numbers) {
  /** Elements of a constant that is looked at through a reshape. */
  private static final long MOST = 1 << 20;

  /** A factor that a value brings along {@code axis}. */
  static Optional<InputAffine> scale(Value v, int axis, RewriteContext context) {
    return of(v, axis, ElementwiseKind.MUL, context);
  }

  /** A summand that a value brings along {@code axis}. */
  static Optional<InputAffine> shift(Value v, int axis, RewriteContext context) {
    return of(v, axis, ElementwiseKind.ADD, context);
  }

  private static Optional<InputAffine> of(
      Value v, int axis, ElementwiseKind kind, RewriteContext context) {
    Optional<Node> producer = context.producer(v);
    if (producer.isEmpty()) {
      return Optional.empty();
    }
    Node n = producer.get();
    if (n.op() instanceof Elementwise) {
      return plain(n, axis, kind, context);
    }
    if (!context.hasOneUse(v)) {
      return Optional.empty();
    }
    if (n.op() instanceof Concat c && c.axis() == axis) {
      return ofParts(n, axis, kind, context);
    }
    return n.op() instanceof Reshape ? throughReshape(n, axis, kind, context) : Optional.empty();
  }

  private static Optional<InputAffine> plain(
      Node n, int axis, ElementwiseKind kind, RewriteContext context) {
    Value x = n.operand(0);
    if (foldsBehind(x, context)) {
      return Optional.empty();
    }
    if (kind == ElementwiseKind.MUL && RewriteContext.isKind(n, ElementwiseKind.NEG)) {
      return Optional.of(new InputAffine(x, new double[] {-1}));
    }
    if (!RewriteContext.isKind(n, kind)
        || context.isConstant(x)
        || !x.type().equals(n.result().type())) {
      return Optional.empty();
    }
    return context
        .constant(n.operand(1))
        .flatMap(t -> Axes.along(t, x.shape(), axis))
        .map(numbers -> new InputAffine(x, numbers));
  }

  private static Optional<InputAffine> ofParts(
      Node concat, int axis, ElementwiseKind kind, RewriteContext context) {
    double[] all = new double[Math.toIntExact(concat.result().type().dim(axis))];
    Arrays.fill(all, kind == ElementwiseKind.MUL ? 1 : 0);
    List<Value> parts = new ArrayList<>();
    int at = 0;
    boolean found = false;
    for (Value part : concat.operands()) {
      int extent = Math.toIntExact(part.type().dim(axis));
      Optional<InputAffine> own =
          context.hasOneUse(part) ? of(part, axis, kind, context) : Optional.empty();
      if (own.isPresent()) {
        for (int i = 0; i < extent; i++) {
          all[at + i] = Axes.at(own.get().numbers(), i);
        }
        found = true;
      }
      parts.add(own.map(InputAffine::x).orElse(part));
      at += extent;
    }
    return found
        ? Optional.of(new InputAffine(context.addAll(concat.op(), parts).get(0), all))
        : Optional.empty();
  }

  private static Optional<InputAffine> throughReshape(
      Node reshape, int axis, ElementwiseKind kind, RewriteContext context) {
    Optional<Node> inner =
        context
            .onlyFor(reshape.operand(0), Elementwise.class)
            .filter(n -> RewriteContext.isKind(n, kind));
    Shape to = reshape.result().shape();
    if (inner.isEmpty()
        || context.isConstant(inner.get().operand(0))
        || to.elements() == 0
        || to.elements() > MOST
        || !inner.get().operand(0).type().equals(inner.get().result().type())) {
      return Optional.empty();
    }
    Node n = inner.get();
    return context
        .constant(n.operand(1))
        .flatMap(t -> along(t, n.result().shape(), to, axis))
        .map(k -> new InputAffine(context.add(reshape.op(), n.operand(0)), k));
  }

  /** The numbers along an axis of {@code to} of a constant broadcast to {@code from}. */
  private static Optional<double[]> along(Tensor t, Shape from, Shape to, int axis) {
    double[] all = new Expand(from).evaluate(List.of(t)).get(0).toDoubles();
    double[] numbers = new double[Math.toIntExact(to.dim(axis))];
    int stride = Math.toIntExact(to.strides()[axis]);
    for (int i = 0; i < all.length; i++) {
      int at = i / stride % numbers.length;
      if (i < (at + 1) * stride && i >= at * stride) {
        numbers[at] = all[i];
      }
      if (Double.compare(all[at * stride], all[i]) != 0) {
        return Optional.empty();
      }
    }
    return Optional.of(numbers);
  }

  /**
   * Whether weights in front of {@code x} take the number over: they have it at hand, those behind
   * would have to be read.
   */
  private static boolean foldsBehind(Value x, RewriteContext context) {
    Value v = x;
    for (int i = 0; i < 2; i++) {
      Optional<Node> n =
          context
              .onlyFor(v, Elementwise.class)
              .filter(e -> e.operands().size() == 2 && context.isConstant(e.operand(1)));
      v = n.map(e -> e.operand(0)).orElse(v);
    }
    return Contraction.onlyFor(v, context).filter(c -> c.outputAxis() == 1).isPresent();
  }
}
