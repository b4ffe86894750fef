package dev.nncc.passes.fold;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.ContractionOp;
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
 * {@code Conv(Concat(a, b), w) -> Conv(a, w')} where all weights that meet {@code b} are zero, also
 * for MatMul. A Concat that others read stays. Numbers are taken to be finite.
 */
public record DropPartsWithoutWeight() implements Rule {
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
    Optional<Contraction> found = Contraction.of(root, context);
    Optional<Node> concat =
        found
            .flatMap(c -> context.onlyFor(c.x(), Concat.class))
            .filter(n -> ((Concat) n.op()).axis() == found.orElseThrow().inputAxis());
    Optional<Channels> channels = concat.flatMap(n -> found.flatMap(Channels::of));
    if (channels.isEmpty()) {
      return Optional.empty();
    }
    BitSet live = channels.get().liveInputs();
    BitSet kept = new BitSet();
    List<Value> parts = new ArrayList<>();
    int at = 0;
    for (Value part : concat.orElseThrow().operands()) {
      int end = at + Math.toIntExact(part.type().dim(found.orElseThrow().inputAxis()));
      int next = live.nextSetBit(at);
      if (next >= 0 && next < end) {
        kept.set(at, end);
        parts.add(part);
      }
      at = end;
    }
    if (parts.isEmpty() || parts.size() == concat.orElseThrow().operands().size()) {
      return Optional.empty();
    }
    Contraction c = found.orElseThrow();
    Value x = context.addAll(concat.orElseThrow().op(), parts).get(0);
    return Replacement.by(c.with(x, channels.get().keepInputs(kept), c.bias(), context));
  }
}
