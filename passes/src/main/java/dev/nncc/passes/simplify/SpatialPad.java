package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Pad;
import dev.nncc.graph.op.PadMode;
import dev.nncc.passes.rewrite.RewriteContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A constant border around the spatial axes of an image. */
record SpatialPad(Value x, List<Long> before, List<Long> after) {
  static Optional<SpatialPad> of(Value v, double border, RewriteContext context) {
    Optional<Node> n = context.producer(v, Pad.class);
    if (n.isEmpty()) {
      return Optional.empty();
    }
    Pad pad = (Pad) n.get().op();
    int rank = pad.before().size();
    boolean fits =
        rank > 2
            && pad.mode() == PadMode.CONSTANT
            && pad.value() == border
            && pad.before().get(0) + pad.before().get(1) == 0
            && pad.after().get(0) + pad.after().get(1) == 0;
    return fits
        ? Optional.of(
            new SpatialPad(
                n.get().operand(0), pad.before().subList(2, rank), pad.after().subList(2, rank)))
        : Optional.empty();
  }

  List<Long> plusBefore(List<Long> pads) {
    return sum(before, pads);
  }

  List<Long> plusAfter(List<Long> pads) {
    return sum(after, pads);
  }

  private static List<Long> sum(List<Long> a, List<Long> b) {
    List<Long> out = new ArrayList<>();
    for (int i = 0; i < a.size(); i++) {
      out.add(a.get(i) + b.get(i));
    }
    return out;
  }
}
