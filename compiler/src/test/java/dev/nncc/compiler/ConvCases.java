package dev.nncc.compiler;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.ConvTranspose;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import java.util.Collections;
import java.util.List;

/** Convolutions of all kinds, alone and with what stands beside them. */
final class ConvCases {
  private ConvCases() {}

  private static List<Long> same(int n, long v) {
    return Collections.nCopies(n, v);
  }

  static Graph conv(FamilyCases r, FamilyCase c) {
    Value x = c.input(r.pick(1, 2), r.channels(), r.extent() + 2, r.extent() + 2);
    Value y = r.convOf(c, x, r.channels(), 1, r.pick(1, 3, 5), r.random.nextBoolean());
    return c.graph(r.random.nextBoolean() ? c.act(ElementwiseKind.RELU, y) : y);
  }

  static Graph convChain(FamilyCases r, FamilyCase c) {
    Value x = c.input(1, 3, r.extent() + 4, r.extent() + 4);
    Value y = c.act(ElementwiseKind.SIGMOID, r.convOf(c, x, r.channels(), 1, 3, true));
    Value z =
        c.act(ElementwiseKind.HARD_SWISH, r.convOf(c, y, r.channels(), 1, r.pick(1, 3), true));
    return c.graph(z, c.act(ElementwiseKind.TANH, y));
  }

  /** Few channels behind many, and fewer than a block in front of them. */
  static Graph convFewResults(FamilyCases r, FamilyCase c) {
    Value x = c.input(1, 3, r.extent() + 4, r.extent() + 4);
    Value y = c.act(ElementwiseKind.RELU, r.convOf(c, x, r.pick(16, 24, 40), 1, 3, true));
    Value few =
        c.act(ElementwiseKind.SIGMOID, r.convOf(c, y, r.pick(1, 2, 3), 1, r.pick(3, 5), true));
    return c.graph(few, r.convOf(c, few, r.pick(4, 20), 1, 3, true));
  }

  static Graph convResidual(FamilyCases r, FamilyCase c) {
    long n = r.channels();
    Value x = c.input(1, n, r.extent() + 2, r.extent() + 2);
    Value y =
        c.add(
            new Conv(same(2, 1), same(2, 1), same(2, 1), same(2, 1), 1),
            x,
            c.constant(n, n, 3, 3),
            c.constant(n));
    return c.graph(c.act(ElementwiseKind.RELU, c.add(Elementwise.of(ElementwiseKind.ADD), y, x)));
  }

  static Graph conv1d(FamilyCases r, FamilyCase c) {
    Value x = c.input(r.pick(1, 2), r.channels(), r.extent() + 8);
    return c.graph(
        c.act(ElementwiseKind.RELU, r.convOf(c, x, r.channels(), 1, r.pick(1, 3, 7), true)));
  }

  static Graph conv3d(FamilyCases r, FamilyCase c) {
    Value x = c.input(1, r.pick(1, 3, 16), 4, 5, 3);
    return c.graph(r.convOf(c, x, r.pick(2, 16, 20), 1, 3, true));
  }

  static Graph depthwise(FamilyCases r, FamilyCase c) {
    long n = r.pick(3, 16, 24, 32);
    Value x = c.input(1, n, r.extent() + 2, r.extent() + 2);
    Value y = c.act(ElementwiseKind.RELU, r.convOf(c, x, n, 1, 1, true));
    return c.graph(
        c.act(ElementwiseKind.CLIP, r.convOf(c, y, n, Math.toIntExact(n), r.pick(3, 5), true)));
  }

  static Graph grouped(FamilyCases r, FamilyCase c) {
    int g = (int) r.pick(2, 3);
    long in = g * r.pick(1, 4, 16);
    Value x = c.input(1, in, r.extent() + 2, r.extent() + 2);
    Value y = r.convOf(c, x, in, 1, 1, false);
    return c.graph(r.convOf(c, y, g * r.pick(2, 5, 16), g, 3, true));
  }

  static Graph convDynamicWeight(FamilyCases r, FamilyCase c) {
    Value x = c.input(1, 17, 6, 6);
    Value w = c.input(20, 17, 3, 3);
    return c.graph(c.add(new Conv(same(2, 1), same(2, 1), same(2, 1), same(2, 1), 1), x, w));
  }

  static Graph convTranspose(FamilyCases r, FamilyCase c) {
    long in = r.channels();
    int g = in % 2 == 0 ? (int) r.pick(1, 2) : 1;
    Value x = c.input(1, in, r.extent(), r.extent());
    long s = r.pick(1, 2);
    ConvTranspose t =
        new ConvTranspose(same(2, s), same(2, 1), same(2, 1), same(2, 1), same(2, s - 1), g);
    Value w = c.constant(in, r.pick(1, 3, 16), 3, 3);
    return c.graph(c.act(ElementwiseKind.RELU, c.add(t, x, w, c.constant(w.shape().dim(1) * g))));
  }

  static Graph concatOfConvs(FamilyCases r, FamilyCase c) {
    Value x = c.input(1, 3, 6, 7);
    Value a = c.act(ElementwiseKind.RELU, r.convOf(c, x, r.pick(16, 32, 5), 1, 1, true));
    Value b = c.act(ElementwiseKind.RELU, r.convOf(c, x, r.pick(16, 48, 7), 1, 1, true));
    Value y = c.add(new Concat(1), a, b);
    return c.graph(
        c.add(
            new Conv(same(2, 1), same(2, 1), same(2, 1), same(2, 1), 1),
            y,
            c.constant(16, y.shape().dim(1), 3, 3)),
        a);
  }

  /** Squeeze and excitation in front of a convolution of one tap, whose weights may be few. */
  static Graph convGate(FamilyCases r, FamilyCase c) {
    Value x = c.input(r.pick(1, 1, 2), 3, r.pick(7, 12), r.pick(4, 9));
    Value y = r.convOf(c, x, r.pick(16, 24, 40), 1, 3, true);
    Value mean = c.add(new Reduce(ReduceKind.MEAN, List.of(2, 3), true), y);
    Value gate = c.act(ElementwiseKind.SIGMOID, r.convOf(c, mean, y.shape().dim(1), 1, 1, true));
    Value gated = c.add(Elementwise.of(ElementwiseKind.MUL), y, gate);
    Value z = r.convOf(c, gated, r.pick(8, 16, 24, 32, 64), 1, 1, r.random.nextBoolean());
    return c.graph(r.random.nextBoolean() ? c.act(ElementwiseKind.RELU, z) : z);
  }
}
