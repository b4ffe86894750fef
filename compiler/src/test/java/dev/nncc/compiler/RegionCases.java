package dev.nncc.compiler;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.PoolKind;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Softmax;
import dev.nncc.graph.op.Transpose;
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

  /** Several heads, perhaps fewer for keys and values; scale and mask; any order of axes. */
  static Graph maskedAttention(FamilyCases r, FamilyCase c) {
    long heads = r.pick(1, 2, 3);
    long shared = r.random.nextBoolean() ? heads : 1;
    long rows = r.pick(1, 5, 17);
    long keys = r.pick(3, 16, 20);
    long d = r.pick(4, 16);
    Value q = heads(c, c.input(1, rows, heads * d), heads, d);
    Value k = heads(c, c.input(1, keys, shared * d), shared, d);
    Value v = heads(c, c.input(1, keys, shared * d), shared, d);
    Value scores = c.add(new MatMul(false, true), q, k);
    Value scaled = c.add(Elementwise.of(ElementwiseKind.MUL), scores, c.constant(1));
    Value masked = c.add(Elementwise.of(ElementwiseKind.ADD), scaled, c.input(1, 1, 1, keys));
    Value o = c.add(new MatMul(false, false), c.add(new Softmax(3), masked), v);
    Value back = c.add(new Transpose(List.of(0, 2, 1, 3)), o);
    return c.graph(c.add(new Reshape(Shape.of(1, rows, heads * d)), back));
  }

  private static Value heads(FamilyCase c, Value x, long heads, long d) {
    Value cut = c.add(new Reshape(Shape.of(1, x.shape().dim(1), heads, d)), x);
    return c.add(new Transpose(List.of(0, 2, 1, 3)), cut);
  }

  /** Transposes and reshapes in front of and behind products, on the way to outputs. */
  static Graph moved(FamilyCases r, FamilyCase c) {
    long m = r.pick(1, 5, 16);
    long n = r.pick(3, 16, 33);
    Value x = c.input(2, m, 24);
    Value y = c.add(new MatMul(false, false), x, c.constant(24, n));
    Value rows = c.add(new Transpose(List.of(1, 0, 2)), y);
    Value z = c.add(new MatMul(false, false), x, c.constant(24, 6));
    Value columns = c.act(ElementwiseKind.RELU, c.add(new Transpose(List.of(2, 0, 1)), z));
    Value w = c.act(ElementwiseKind.TANH, c.add(new MatMul(false, false), x, c.constant(24, 8)));
    Value cut =
        c.add(new Transpose(List.of(1, 0, 2, 3)), c.add(new Reshape(Shape.of(2, m, 2, 4)), w));
    return c.graph(
        rows, columns, c.add(new Reshape(Shape.of(m, 2, 8)), cut), c.add(new Softmax(1), rows));
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
