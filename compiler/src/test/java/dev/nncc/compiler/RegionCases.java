package dev.nncc.compiler;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.LayerNorm;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.PoolKind;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
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

  /**
   * A dense layer: batch normalisation and ReLU in front of convolutions, whose input others read.
   */
  static Graph normalisedConv(FamilyCases r, FamilyCase c) {
    long n = r.pick(5, 16, 24, 48);
    long side = r.extent() + 1;
    Value x = c.input(r.pick(1, 2), 3, side, side);
    Value y = r.random.nextBoolean() ? conv(c, x, n, 1) : c.input(1, n, side, side);
    Value v = c.add(Elementwise.of(ElementwiseKind.MUL), y, c.constant(n, 1, 1));
    v = c.add(Elementwise.of(ElementwiseKind.ADD), v, c.constant(n, 1, 1));
    v = conv(c, c.act(ElementwiseKind.RELU, v), r.pick(7, 32), r.pick(1, 3));
    Value gate =
        c.act(
            ElementwiseKind.SIGMOID,
            c.add(
                new Pool(
                    PoolKind.MAX,
                    List.of(side, side),
                    two(1),
                    two(0),
                    two(0),
                    two(1),
                    false,
                    false),
                y));
    Value gated = conv(c, c.add(Elementwise.of(ElementwiseKind.MUL), y, gate), r.pick(3, 16), 1);
    return c.graph(c.act(ElementwiseKind.RELU, v), gated, y);
  }

  /** Two megabytes between convolutions, which are made and read in bands. */
  static Graph bands(FamilyCases r, FamilyCase c) {
    long rows = r.pick(56, 63);
    Value x = c.input(1, r.pick(3, 8), rows, r.pick(64, 75));
    long n = r.pick(96, 128);
    Value up = c.act(ElementwiseKind.RELU, conv(c, x, n, 1));
    long k = r.pick(3, 5);
    Conv window = new Conv(two(2), two(k / 2), two(k / 2), two(1), (int) n);
    Value y = c.add(window, up, c.constant(n, 1, k, k), c.constant(n));
    return c.graph(conv(c, c.act(ElementwiseKind.SIGMOID, y), 24, 1));
  }

  /** Elementwise nodes in front of reductions and rows. */
  static Graph prologues(FamilyCases r, FamilyCase c) {
    Value x = c.input(3, r.extent(), r.pick(5, 16, 33));
    Value y = c.input(x.shape().toArray());
    long n = x.shape().dim(2);
    Value product = c.add(Elementwise.of(ElementwiseKind.MUL), x, y);
    Value sum = c.add(Elementwise.of(ElementwiseKind.ADD), y, x);
    Value scaled = c.add(Elementwise.of(ElementwiseKind.MUL), x, c.constant(n));
    return c.graph(
        c.add(new Reduce(ReduceKind.SUM, List.of((int) r.pick(0, 1, 2)), true), product),
        c.add(new LayerNorm(2, 1e-5), sum, c.constant(n), c.constant(n)),
        c.add(new Softmax((int) r.pick(1, 2)), scaled));
  }

  /** Values that are stored beside what follows from them. */
  static Graph followers(FamilyCases r, FamilyCase c) {
    Value x = c.input(1, r.pick(3, 16, 20), r.extent() + 1, r.extent() + 1);
    Value v = conv(c, x, r.pick(5, 16, 32), 3);
    Value w = c.act(ElementwiseKind.SIGMOID, v);
    Value y = c.input(4, r.pick(5, 16, 33));
    Value s = c.add(new Softmax(1), y);
    Value pooled =
        c.add(new Pool(PoolKind.MAX, two(2), two(1), two(0), two(0), two(1), false, false), v);
    return c.graph(
        pooled,
        c.act(ElementwiseKind.RELU, v),
        w,
        s,
        c.add(Elementwise.of(ElementwiseKind.MUL), s, y));
  }

  /** Detection heads: channels move behind the picture, boxes of several sizes are joined. */
  static Graph heads(FamilyCases r, FamilyCase c) {
    long side = r.extent() + 1;
    Value x = c.input(1, 3, side, side);
    Value y = conv(c, x, r.pick(16, 20), 3);
    Value small = c.input(1, 3, 3, 2);
    long boxes = r.pick(1, 2, 5, 8);
    Value all = c.add(new Concat(1), boxes(c, y, boxes), boxes(c, small, boxes));
    Value tokens = conv(c, y, r.pick(7, 16, 33), 1);
    long n = tokens.shape().dim(1);
    Value rows = c.add(new Reshape(Shape.of(1, n, side * side)), tokens);
    Value last = c.add(new Transpose(List.of(0, 2, 3, 1)), conv(c, y, r.pick(1, 6, 18), 3));
    return c.graph(
        c.add(new Softmax(2), all), c.add(new Transpose(List.of(0, 2, 1)), rows), last, all);
  }

  private static Value boxes(FamilyCase c, Value x, long boxes) {
    Value v = c.act(ElementwiseKind.SIGMOID, conv(c, x, boxes * 4, 1));
    Value w = c.add(new Transpose(List.of(0, 2, 3, 1)), v);
    return c.add(new Reshape(Shape.of(1, w.shape().elements() / 4, 4)), w);
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
