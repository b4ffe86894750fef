package dev.nncc.compiler;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.PoolKind;
import java.util.Collections;
import java.util.List;

/** Graphs whose regions have several results, prologues, or several phases. */
final class RegionCases {
  private RegionCases() {}

  private static List<Long> two(long v) {
    return Collections.nCopies(2, v);
  }

  private static Value conv(FamilyCase c, Value x, long channels, long kernel) {
    long pad = kernel / 2;
    return c.add(
        new Conv(two(1), two(pad), two(pad), two(1), 1),
        x,
        c.constant(channels, x.shape().dim(1), kernel, kernel),
        c.constant(channels));
  }

  /** A module of Inception: three convolutions of one operand that become one. */
  static Graph siblings(FamilyCases r, FamilyCase c) {
    Value x = c.input(1, r.pick(3, 16, 20), r.extent() + 1, r.extent() + 1);
    ElementwiseKind act = r.random.nextBoolean() ? ElementwiseKind.RELU : ElementwiseKind.SIGMOID;
    Value a = c.act(act, conv(c, x, r.pick(16, 24, 48), 1));
    Value b = c.act(act, conv(c, x, r.pick(16, 40, 5), 1));
    Value d = c.act(act, conv(c, x, r.pick(16, 8, 64), 1));
    Value b3 = c.act(ElementwiseKind.RELU, conv(c, b, r.pick(16, 32), 3));
    Value d5 = conv(c, d, r.pick(16, 32, 7), 5);
    Pool pool =
        new Pool(PoolKind.MAX, List.of(3L, 3L), two(1), two(1), two(1), two(1), false, false);
    return c.graph(c.add(pool, c.add(new Concat(1), a, b3, d5)), b3);
  }
}
