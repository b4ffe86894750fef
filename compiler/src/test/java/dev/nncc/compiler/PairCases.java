package dev.nncc.compiler;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import java.util.List;

/** Convolutions of one tap whose last block of result channels is half empty. */
final class PairCases {
  private PairCases() {}

  private static Value narrow(FamilyCases r, FamilyCase c, Value x, long out, long stride) {
    List<Long> none = List.of(0L, 0L);
    Conv op = new Conv(List.of(stride, stride), none, none, List.of(1L, 1L), 1);
    Value w = c.constant(out, x.shape().dim(1), 1, 1);
    return r.random.nextBoolean() ? c.add(op, x, w, c.constant(out)) : c.add(op, x, w);
  }

  private static Value wide(FamilyCases r, FamilyCase c, long times, long size) {
    Value x = c.input(r.pick(1, 2), 4, r.pick(1, 5, 6, 14), r.pick(2, 4, 8, 12));
    return c.act(ElementwiseKind.TANH, r.convOf(c, x, times * size, 1, r.pick(1, 3), true));
  }

  static Graph one(FamilyCases r, FamilyCase c) {
    long size = r.pick(24, 40);
    Value x = wide(r, c, r.pick(2, 4), size);
    Value y = narrow(r, c, x, size, r.pick(1, 1, 2));
    return c.graph(r.random.nextBoolean() ? c.act(ElementwiseKind.HARD_SWISH, y) : y);
  }

  /** Blocks of a mobile network; the last sum has a border. */
  static Graph residual(FamilyCases r, FamilyCase c) {
    long size = r.pick(24, 40);
    Value x = narrow(r, c, wide(r, c, 2, size), size, 1);
    Value middle = c.act(ElementwiseKind.RELU, narrow(r, c, x, 2 * size, 1));
    Value sum = c.add(Elementwise.of(ElementwiseKind.ADD), narrow(r, c, middle, size, 1), x);
    return c.graph(r.convOf(c, sum, 16, 1, 3, true));
  }
}
