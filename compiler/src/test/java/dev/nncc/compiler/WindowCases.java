package dev.nncc.compiler;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.ElementwiseKind;
import java.util.List;

/** Convolutions whose windows stand over the border, by another number of places on each side. */
final class WindowCases {
  private WindowCases() {}

  static Graph one(FamilyCases r, FamilyCase c) {
    long rows = r.pick(1, 3, 3, 5);
    long columns = r.pick(3, 3, 5, 7);
    List<Long> dilations = List.of(r.pick(1, 1, 2), r.pick(1, 1, 2));
    List<Long> before = List.of(pad(r, rows), pad(r, columns));
    List<Long> after = List.of(pad(r, rows), pad(r, columns));
    // high enough for windows that nothing pads
    Value x = c.input(r.pick(1, 2), 3, r.pick(9, 11, 14), r.pick(13, 14, 17));
    Value blocks = c.act(ElementwiseKind.RELU, r.convOf(c, x, r.pick(1, 16, 20), 1, 1, true));
    List<Long> strides = List.of(r.pick(1, 1, 2), r.pick(1, 1, 2));
    long out = r.pick(16, 32, 48);
    Value y =
        c.add(
            new Conv(strides, before, after, dilations, 1),
            blocks,
            c.constant(out, blocks.shape().dim(1), rows, columns),
            c.constant(out));
    return c.graph(c.act(ElementwiseKind.RELU, y));
  }

  private static long pad(FamilyCases r, long window) {
    return window == 1 ? 0 : r.pick(window / 2, window / 2, window - 1, 1);
  }
}
