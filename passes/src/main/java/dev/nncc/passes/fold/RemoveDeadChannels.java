package dev.nncc.passes.fold;

import dev.nncc.graph.Node;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ContractionOp;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.BitSet;
import java.util.Optional;

/**
 * {@code Conv(f(Conv(x, v, b)), w) -> Conv(f(Conv(x, v', b')), w')} without the channels that are
 * zero whatever {@code x} is (their weights and bias are zero and {@code f} leaves zero alone, or
 * {@code f} multiplies them with zero), or that no weight of the second layer reads; also for
 * MatMul. {@code f} are elementwise functions, with constants by channel at most, depthwise
 * convolutions, pools, pads, resizes and reductions of pixels. Of layers with groups, all groups
 * lose the same number. Numbers are taken to be finite: a zero weight hides an infinite one.
 *
 * @param granularity layers with a multiple of so many channels keep one, which storage and merged
 *     siblings rely on
 */
public record RemoveDeadChannels(int granularity) implements Rule {
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
    Optional<ChannelPath> path =
        read.isEmpty() ? Optional.empty() : ChannelPath.to(second.orElseThrow(), context);
    Optional<Channels> made = path.flatMap(p -> Channels.of(p.first()));
    if (made.isEmpty()) {
      return Optional.empty();
    }
    Contraction b = second.orElseThrow();
    Channels in = read.orElseThrow();
    Channels out = made.orElseThrow();
    ChannelPath way = path.orElseThrow();
    int blocks = Math.max(out.groups(), in.groups());
    if (blocks % out.groups() != 0 || blocks % in.groups() != 0) {
      return Optional.empty();
    }
    BitSet live = way.nonZero(out);
    live.and(in.liveInputs());
    BitSet kept = rounded(live, b.inputs(), blocks);
    if (kept.cardinality() == b.inputs()) {
      return Optional.empty();
    }
    Contraction a = way.first();
    Optional<Tensor> bias = a.bias().map(t -> Channels.keep(t, 0, kept));
    Value v = a.with(a.x(), out.keepOutputs(kept), bias, context);
    return Replacement.by(b.with(way.again(v, kept), in.keepInputs(kept), b.bias(), context));
  }

  /** As many of each block of neighbours, all that live among them. */
  private BitSet rounded(BitSet live, int channels, int blocks) {
    int block = channels / blocks;
    int size = 1;
    for (int from = 0; from < channels; from += block) {
      size = Math.max(size, live.get(from, from + block).cardinality());
    }
    while (channels % granularity == 0 && size * blocks % granularity != 0) {
      size++;
    }
    BitSet kept = (BitSet) live.clone();
    for (int from = 0; from < channels; from += block) {
      int missing = size - live.get(from, from + block).cardinality();
      for (int i = kept.nextClearBit(from); missing > 0; i = kept.nextClearBit(i)) {
        kept.set(i);
        missing--;
      }
    }
    return kept;
  }
}
