package dev.nncc.compiler;

import dev.nncc.graph.DType;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Op;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Cast;
import dev.nncc.graph.op.Direction;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Gru;
import dev.nncc.graph.op.Lstm;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Rnn;
import dev.nncc.graph.op.RnnActivation;
import dev.nncc.graph.op.Slice;
import dev.nncc.graph.op.Softmax;
import dev.nncc.graph.op.Transpose;
import java.util.ArrayList;
import java.util.List;

/** Recurrent layers and attention. */
final class RecurrentCases {
  private RecurrentCases() {}

  private static Direction direction(FamilyCases r) {
    return Direction.values()[r.random.nextInt(3)];
  }

  private static Graph recurrent(
      FamilyCases r, FamilyCase c, Op op, Direction direction, long hidden, int gates, int states) {
    long d = direction == Direction.BIDIRECTIONAL ? 2 : 1;
    long in = r.pick(1, 5, 16);
    long batch = r.pick(1, 2);
    List<Value> operands =
        new ArrayList<>(
            List.of(
                c.input(r.pick(1, 2, 3, 7, 8), batch, in),
                c.constant(d, gates * hidden, in),
                c.constant(d, gates * hidden, hidden)));
    operands.add(c.constant(d, 2 * gates * hidden));
    for (int i = 0; i < states; i++) {
      operands.add(c.input(d, batch, hidden));
    }
    List<Value> results = c.b.add(Origin.NONE, List.of(), op, operands);
    return c.graph(results.toArray(new Value[0]));
  }

  static Graph lstm(FamilyCases r, FamilyCase c) {
    int hidden = (int) r.pick(1, 5, 16, 32);
    Direction d = direction(r);
    return recurrent(r, c, new Lstm(hidden, d), d, hidden, 4, 2);
  }

  static Graph gru(FamilyCases r, FamilyCase c) {
    int hidden = (int) r.pick(1, 5, 16);
    Direction d = direction(r);
    return recurrent(r, c, new Gru(hidden, d, r.random.nextBoolean()), d, hidden, 3, 1);
  }

  static Graph rnn(FamilyCases r, FamilyCase c) {
    int hidden = (int) r.pick(1, 5, 16);
    Direction d = direction(r);
    return recurrent(
        r,
        c,
        new Rnn(hidden, d, r.random.nextBoolean() ? RnnActivation.TANH : RnnActivation.RELU),
        d,
        hidden,
        1,
        1);
  }

  static Graph attention(FamilyCases r, FamilyCase c) {
    return ofOneProduct(c, r.pick(4, 7, 16), 2);
  }

  /** Heads and rows enough for one kernel. */
  static Graph attentionOfOneProduct(FamilyCases r, FamilyCase c) {
    return ofOneProduct(c, r.pick(16, 48, 96), r.pick(4, 5));
  }

  private static Graph ofOneProduct(FamilyCase c, long s, long heads) {
    long all = heads * 16;
    Value x = c.input(s, 32);
    Value qkv = c.add(new MatMul(false, false), x, c.constant(32, 3 * all));
    List<Value> parts = new ArrayList<>();
    for (long i = 0; i < 3; i++) {
      Value p = c.add(new Slice(List.of(0L, all * i), List.of(s, all), List.of(1L, 1L)), qkv);
      Value rows = c.add(new Reshape(Shape.of(s, heads, 16)), p);
      parts.add(c.add(new Transpose(List.of(1, 0, 2)), rows));
    }
    Value scores = c.add(new MatMul(false, true), parts.get(0), parts.get(1));
    Value p = c.add(new Softmax(2), scores);
    Value o =
        c.add(new Transpose(List.of(1, 0, 2)), c.add(new MatMul(false, false), p, parts.get(2)));
    return c.graph(c.add(new Reshape(Shape.of(s, all)), o));
  }

  /** Heads and rows enough to go through scores, softmax and product block by block. */
  static Graph attentionInRows(FamilyCases r, FamilyCase c) {
    long batch = r.pick(1, 2);
    long heads = r.pick(4, 6);
    long rows = r.pick(8, 16, 24, 72);
    long columns = r.pick(16, 21, 48, 96);
    long depth = r.pick(16, 20);
    Value q = c.input(batch, heads, rows, depth);
    Value k = c.input(batch, columns, heads, depth);
    Value v = c.input(batch, heads, columns, depth);
    Value across = c.add(new Transpose(List.of(0, 2, 3, 1)), k);
    Value scores = c.add(new MatMul(false, false), q, across);
    Value masked =
        c.add(Elementwise.of(ElementwiseKind.ADD), scores, c.input(batch, 1, 1, columns));
    Value p = c.add(new Softmax(3), masked);
    return c.graph(c.add(new MatMul(false, false), p, v));
  }

  /** All in bf16: scores and probabilities are of one type and have the same shape. */
  static Graph attentionInBf16(FamilyCases r, FamilyCase c) {
    long heads = r.pick(4, 5);
    long rows = r.pick(8, 16, 24);
    long columns = r.pick(16, 32, 48);
    Value q = c.input(DType.BF16, 0, heads, rows, 16);
    Value k = c.input(DType.BF16, 0, heads, columns, 16);
    Value v = c.input(DType.BF16, 0, heads, columns, 32);
    Value p = c.add(new Softmax(2), c.add(new MatMul(false, true), q, k));
    return c.graph(c.add(new Cast(DType.F32), c.add(new MatMul(false, false), p, v)));
  }
}
