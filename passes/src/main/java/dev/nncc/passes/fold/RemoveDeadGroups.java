package dev.nncc.passes.fold;

import dev.nncc.graph.Node;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ContractionOp;
import dev.nncc.graph.op.Conv;
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
 * {@code Conv(f(Conv(g(Conv(x, u)), v, groups)), w)} without the groups of which all channels are
 * zero or that no weight of the last layer reads: the layer in front loses the channels that only
 * they read. What {@code f} and {@code g} may be says {@link RemoveDeadChannels}.
 *
 * @param granularity layers with a multiple of so many channels keep one
 */
public record RemoveDeadGroups(int granularity) implements Rule {
  public RemoveDeadGroups() {
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
    Optional<Contraction> last = Contraction.of(root, context);
    Optional<Channels> read = last.flatMap(Channels::of).filter(c -> c.groups() == 1);
    Optional<ChannelPath> behind =
        read.isEmpty() ? Optional.empty() : ChannelPath.to(last.orElseThrow(), context);
    Optional<Channels> grouped = behind.flatMap(p -> Channels.of(p.first()));
    if (grouped.isEmpty()) {
      return Optional.empty();
    }
    Contraction g = behind.orElseThrow().first();
    Optional<ChannelPath> front = ChannelPath.to(g, context);
    Optional<Channels> made =
        front.flatMap(p -> Channels.of(p.first())).filter(c -> c.groups() == 1);
    if (made.isEmpty()) {
      return Optional.empty();
    }
    BitSet live = behind.orElseThrow().nonZero(grouped.get());
    live.and(read.orElseThrow().liveInputs());
    int groups = grouped.get().groups();
    BitSet kept = kept(live, g, groups);
    if (kept.cardinality() == groups) {
      return Optional.empty();
    }
    BitSet inputs = channels(kept, g.inputs() / groups);
    BitSet outputs = channels(kept, g.outputs() / groups);
    Contraction a = front.orElseThrow().first();
    Optional<Tensor> bias = a.bias().map(t -> Channels.keep(t, 0, inputs));
    Value v = a.with(a.x(), made.get().keepOutputs(inputs), bias, context);
    Value y = fewer(g, front.orElseThrow().again(v, inputs), outputs, kept.cardinality(), context);
    Value z = behind.orElseThrow().again(y, outputs);
    Contraction b = last.orElseThrow();
    return Replacement.by(b.with(z, read.orElseThrow().keepInputs(outputs), b.bias(), context));
  }

  /** The groups with a channel that lives, and more to fill blocks; one at least. */
  private BitSet kept(BitSet live, Contraction g, int groups) {
    int each = g.outputs() / groups;
    BitSet kept = new BitSet();
    for (int i = 0; i < groups; i++) {
      kept.set(i, !live.get(i * each, (i + 1) * each).isEmpty());
    }
    while (kept.isEmpty()
        || breaks(g.outputs(), kept.cardinality(), groups)
        || breaks(g.inputs(), kept.cardinality(), groups)) {
      kept.set(kept.nextClearBit(0));
    }
    return kept;
  }

  private boolean breaks(int channels, int kept, int groups) {
    return channels % granularity == 0 && channels / groups * kept % granularity != 0;
  }

  private static BitSet channels(BitSet groups, int each) {
    BitSet channels = new BitSet();
    groups.stream().forEach(i -> channels.set(i * each, (i + 1) * each));
    return channels;
  }

  private static Value fewer(
      Contraction g, Value x, BitSet outputs, int groups, RewriteContext context) {
    Conv c = (Conv) g.node().op();
    Conv op = new Conv(c.strides(), c.padsBegin(), c.padsEnd(), c.dilations(), groups);
    List<Value> operands = new ArrayList<>(List.of(x));
    operands.add(context.constant(Channels.keep(g.weights(), 0, outputs)));
    g.bias().ifPresent(t -> operands.add(context.constant(Channels.keep(t, 0, outputs))));
    return context.addAll(op, operands).get(0);
  }
}
