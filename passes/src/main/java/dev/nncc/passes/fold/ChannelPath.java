package dev.nncc.passes.fold;

import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Pad;
import dev.nncc.graph.op.PadMode;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.Resize;
import dev.nncc.passes.rewrite.RewriteContext;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * A layer and what lies between it and another that alone reads it: nodes that keep its channels
 * apart, one to one.
 *
 * @param between in the order of the data
 */
record ChannelPath(Contraction first, List<Node> between, RewriteContext context) {
  private static final int MOST_BETWEEN = 8;

  /**
   * The path that ends at the data of {@code second}, whose channels are all those of the first.
   */
  static Optional<ChannelPath> to(Contraction second, RewriteContext context) {
    List<Node> between = new ArrayList<>();
    Value v = second.x();
    for (int i = 0; i < MOST_BETWEEN; i++) {
      Optional<Node> n = context.hasOneUse(v) ? context.producer(v) : Optional.empty();
      if (n.isEmpty() || !isByChannel(n.get(), second.inputAxis(), context)) {
        break;
      }
      between.add(0, n.get());
      v = n.get().operand(0);
    }
    return Contraction.onlyFor(v, context)
        .filter(a -> a.outputAxis() == second.inputAxis())
        .map(a -> new ChannelPath(a, between, context));
  }

  /** What lies between, for the channels that {@code v} still has. */
  Value again(Value v, BitSet kept) {
    Value now = v;
    for (Node n : between) {
      now = again(n, now, kept, first.outputAxis(), context);
    }
    return now;
  }

  private static boolean isByChannel(Node n, int axis, RewriteContext context) {
    if (n.op() instanceof Pool) {
      return axis == 1;
    }
    if (n.op() instanceof Pad p) {
      return p.before().get(axis) == 0 && p.after().get(axis) == 0;
    }
    if (n.op() instanceof Reduce r) {
      return r.keepDims() && !r.axes().contains(axis);
    }
    if (n.op() instanceof Resize r) {
      return r.sizes().get(axis) == n.operand(0).type().dim(axis) && r.scales().get(axis) == 1;
    }
    if (n.op() instanceof Conv) {
      return axis == 1 && isDepthwise(n, context);
    }
    if (!(n.op() instanceof Elementwise)
        || n.operands().size() > 2
        || !n.operand(0).type().equals(n.result().type())) {
      return false;
    }
    return n.operands().size() == 1
        || context
            .constant(n.operand(1))
            .flatMap(t -> Axes.along(t, n.result().shape(), axis))
            .isPresent();
  }

  /** A convolution with constants that keeps channels apart, one to one. */
  private static boolean isDepthwise(Node n, RewriteContext context) {
    long channels = n.result().type().dim(1);
    return ((Conv) n.op()).groups() == channels
        && n.operand(0).type().dim(1) == channels
        && n.operands().stream().skip(1).allMatch(context::isConstant);
  }

  /** Channels that are not known to be zero behind {@code between}. */
  BitSet nonZero(Channels made) {
    Contraction a = first;
    double[] bias = a.bias().map(Tensor::toDoubles).orElseGet(() -> new double[a.outputs()]);
    BitSet always = new BitSet();
    BitSet ifInFront = new BitSet();
    ifInFront.set(0, a.outputs());
    for (Node n : between) {
      if (n.op() instanceof Conv && n.operands().size() == 3) {
        double[] added = context.constant(n.operand(2)).orElseThrow().toDoubles();
        for (int i = 0; i < added.length; i++) {
          if (added[i] != 0) {
            always.clear(i);
            ifInFront.clear(i);
          }
        }
      }
      if (n.op() instanceof Pad p && p.mode() == PadMode.CONSTANT && p.value() != 0) {
        always.clear();
        ifInFront.clear();
      }
      if (n.op() instanceof Elementwise) {
        double[] numbers = n.operands().size() == 1 ? new double[1] : constant(n, context);
        BitSet multiplied = new BitSet();
        if (RewriteContext.isKind(n, ElementwiseKind.MUL)) {
          for (int i = 0; i < a.outputs(); i++) {
            multiplied.set(i, Axes.at(numbers, i) == 0);
          }
        }
        if (!always.isEmpty() || !ifInFront.isEmpty()) {
          BitSet keeping = keepingZero(n, numbers, a.outputs());
          always.and(keeping);
          ifInFront.and(keeping);
        }
        always.or(multiplied);
        ifInFront.or(multiplied);
      }
    }
    for (int i = 0; i < bias.length; i++) {
      if (bias[i] != 0) {
        ifInFront.clear(i);
      }
    }
    BitSet nonZero = new BitSet();
    if (!ifInFront.isEmpty()) {
      nonZero.or(made.liveOutputs());
    }
    ifInFront.flip(0, a.outputs());
    nonZero.or(ifInFront);
    nonZero.andNot(always);
    return nonZero;
  }

  private static double[] constant(Node n, RewriteContext context) {
    return context.constant(n.operand(1)).orElseThrow().toDoubles();
  }

  /** Channels whose zeros the node leaves alone. */
  private static BitSet keepingZero(Node n, double[] numbers, int channels) {
    BitSet keeping = new BitSet();
    boolean product = RewriteContext.isKind(n, ElementwiseKind.MUL);
    if (product || RewriteContext.isKind(n, ElementwiseKind.ADD)) {
      for (int i = 0; i < channels; i++) {
        double c = Axes.at(numbers, i);
        keeping.set(i, product ? Double.isFinite(c) : c == 0);
      }
      return keeping;
    }
    TensorType type = n.result().type().withShape(Shape.of(numbers.length));
    List<Tensor> operands = new ArrayList<>(List.of(Tensor.filled(type, 0)));
    if (n.operands().size() == 2) {
      operands.add(Tensor.of(type, numbers));
    }
    double[] results = n.op().evaluate(operands).get(0).toDoubles();
    for (int i = 0; i < channels; i++) {
      keeping.set(i, Axes.at(results, i) == 0);
    }
    return keeping;
  }

  private static Resize resized(Resize r, int axis, long channels) {
    List<Long> sizes = new ArrayList<>(r.sizes());
    sizes.set(axis, channels);
    return new Resize(
        r.mode(), sizes, r.scales(), r.coordinates(), r.rounding(), r.cubicA(), r.excludeOutside());
  }

  private static Value again(Node n, Value v, BitSet kept, int axis, RewriteContext context) {
    List<Value> operands = new ArrayList<>(List.of(v));
    if (n.op() instanceof Conv c) {
      for (Value weights : n.operands().subList(1, n.operands().size())) {
        Tensor t = context.constant(weights).orElseThrow();
        operands.add(context.constant(Channels.keep(t, 0, kept)));
      }
      int groups = kept.cardinality();
      Conv fewer = new Conv(c.strides(), c.padsBegin(), c.padsEnd(), c.dilations(), groups);
      return context.addAll(fewer, operands).get(0);
    }
    if (n.op() instanceof Resize r) {
      return context.add(resized(r, axis, kept.cardinality()), v);
    }
    for (Value c : n.operands().subList(1, n.operands().size())) {
      int own = axis - (n.result().shape().rank() - c.shape().rank());
      boolean differs = own >= 0 && c.type().dim(own) != 1;
      Tensor t = context.constant(c).orElseThrow();
      operands.add(differs ? context.constant(Channels.keep(t, own, kept)) : c);
    }
    return context.addAll(n.op(), operands).get(0);
  }
}
