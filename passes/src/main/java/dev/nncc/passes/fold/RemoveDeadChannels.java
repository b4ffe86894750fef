package dev.nncc.passes.fold;

import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ContractionOp;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Pool;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * {@code Conv(f(Conv(x, v, b)), w) -> Conv(f(Conv(x, v', b')), w')} without the channels that are
 * zero whatever {@code x} is (their weights and bias are zero and {@code f} leaves zero alone, or
 * {@code f} multiplies them with zero), or that no weight of the second layer reads; also for
 * MatMul. {@code f} are elementwise functions, with constants by channel at most, depthwise
 * convolutions and pools. Numbers are taken to be finite: a zero weight hides an infinite one.
 *
 * @param granularity layers with a multiple of so many channels keep one, which storage and merged
 *     siblings rely on
 */
public record RemoveDeadChannels(int granularity) implements Rule {
  private static final int MOST_BETWEEN = 8;

  public RemoveDeadChannels() {
    this(16);
  }

  @Override
  public Exactness exactness() {
    return Exactness.REASSOCIATES;
  }

  @Override
  public Roots roots() {
    return Roots.of(ContractionOp.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    Optional<Contraction> second = Contraction.of(root, context);
    Optional<Channels> read = second.flatMap(Channels::of);
    if (read.isEmpty()) {
      return Optional.empty();
    }
    Contraction b = second.orElseThrow();
    List<Node> between = new ArrayList<>();
    Optional<Contraction> first = first(b, between, context);
    Optional<Channels> made = first.flatMap(Channels::of);
    if (made.isEmpty() || first.orElseThrow().outputAxis() != b.inputAxis()) {
      return Optional.empty();
    }
    Contraction a = first.orElseThrow();
    BitSet live = nonZero(a, made.get(), between, context);
    live.and(read.get().liveInputs());
    BitSet kept = rounded(live, b.inputs());
    if (kept.cardinality() == b.inputs()) {
      return Optional.empty();
    }
    Optional<Tensor> bias = a.bias().map(t -> Channels.keep(t, 0, kept));
    Value v = a.with(a.x(), made.get().keepOutputs(kept), bias, context);
    for (Node n : between) {
      v = again(n, v, kept, a.outputAxis(), context);
    }
    return Replacement.by(b.with(v, read.get().keepInputs(kept), b.bias(), context));
  }

  /** The layer in front, and the nodes from it to {@code b}, in order. */
  private static Optional<Contraction> first(
      Contraction b, List<Node> between, RewriteContext context) {
    Value v = b.x();
    for (int i = 0; i < MOST_BETWEEN; i++) {
      Optional<Node> n = context.hasOneUse(v) ? context.producer(v) : Optional.empty();
      if (n.isEmpty() || !isByChannel(n.get(), b.inputAxis(), context)) {
        break;
      }
      between.add(0, n.get());
      v = n.get().operand(0);
    }
    return Contraction.onlyFor(v, context);
  }

  private static boolean isByChannel(Node n, int axis, RewriteContext context) {
    if (n.op() instanceof Pool) {
      return axis == 1;
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
  private static BitSet nonZero(
      Contraction a, Channels made, List<Node> between, RewriteContext context) {
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

  private BitSet rounded(BitSet live, int channels) {
    BitSet kept = (BitSet) live.clone();
    int size = Math.max(1, kept.cardinality());
    if (channels % granularity == 0) {
      size = (size + granularity - 1) / granularity * granularity;
    }
    for (int i = kept.nextClearBit(0); kept.cardinality() < size; i = kept.nextClearBit(i)) {
      kept.set(i);
    }
    return kept;
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
    for (Value c : n.operands().subList(1, n.operands().size())) {
      int own = axis - (n.result().shape().rank() - c.shape().rank());
      boolean differs = own >= 0 && c.type().dim(own) != 1;
      Tensor t = context.constant(c).orElseThrow();
      operands.add(differs ? context.constant(Channels.keep(t, own, kept)) : c);
    }
    return context.addAll(n.op(), operands).get(0);
  }
}
