package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.ReduceKind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Numbers on a grid: fake quantisation, and to and from integers. */
final class QuantisationImports {
  private QuantisationImports() {}

  static void addTo(Operators t) {
    t.one(
        "FakeQuantWithMinMaxArgs",
        n ->
            fake(
                n,
                n.in(0),
                n.number(DType.F32, n.attrs().number("min", -6)),
                n.number(DType.F32, n.attrs().number("max", 6))));
    t.one("FakeQuantWithMinMaxVars", n -> fake(n, n.in(0), n.in(1), n.in(2)));
    t.one("FakeQuantWithMinMaxVarsPerChannel", n -> fake(n, n.in(0), n.in(1), n.in(2)));
    t.one("QuantizeAndDequantizeV2", QuantisationImports::there);
    t.one("QuantizeAndDequantizeV3", QuantisationImports::there);
    t.one("QuantizeAndDequantizeV4", QuantisationImports::there);
    t.many("QuantizeV2", QuantisationImports::quantize);
    t.one("Dequantize", QuantisationImports::dequantize);
  }

  /** Clips to a range moved so that zero is a step of it, and rounds halves up. */
  private static Operand fake(TensorflowNode n, Operand x, Operand min, Operand max) {
    long bits = n.attrs().integer("num_bits", 8);
    require(bits >= 2 && bits <= 16, "num_bits is %d", bits);
    double low = n.attrs().flag("narrow_range", false) ? 1 : 0;
    double high = Math.scalb(1.0, (int) bits) - 1;
    Operand scale = n.with(ElementwiseKind.DIV, n.sub(max, min), high - low);
    Operand zero = n.sub(n.number(min.dtype(), low), n.div(min, scale));
    Operand point = n.apply(ElementwiseKind.CLIP, low, high, up(n, zero));
    Operand least = n.mul(n.sub(n.number(min.dtype(), low), point), scale);
    Operand most = n.mul(n.sub(n.number(min.dtype(), high), point), scale);
    Operand clipped = ElementwiseImports.clip(n, x, least, most);
    Operand y = n.add(n.mul(up(n, n.div(n.sub(clipped, least), scale)), scale), least);
    if (isSomewhere(min) && isSomewhere(max)) {
      return y;
    }
    Operand nowhere =
        n.apply(
            ElementwiseKind.AND,
            n.with(ElementwiseKind.EQUAL, min, 0),
            n.with(ElementwiseKind.EQUAL, max, 0));
    return n.where(nowhere, n.number(x.dtype(), 0), y);
  }

  /** Whether it is known that no element is zero: a range from 0 to 0 holds nothing but 0. */
  private static boolean isSomewhere(Operand bound) {
    Tensor t = bound.tensor();
    boolean known = t != null;
    for (long i = 0; t != null && i < t.elements(); i++) {
      known &= t.reader().number(i) != 0;
    }
    return known;
  }

  /** To the nearest integer, halves up. */
  private static Operand up(TensorflowNode n, Operand x) {
    return n.apply(ElementwiseKind.FLOOR, n.with(ElementwiseKind.ADD, x, 0.5));
  }

  /** To the nearest integer, halves away from zero. */
  private static Operand away(TensorflowNode n, Operand x) {
    Operand size = n.apply(ElementwiseKind.ABS, x);
    Operand below = n.apply(ElementwiseKind.FLOOR, size);
    Operand less = n.with(ElementwiseKind.LESS, n.sub(size, below), 0.5);
    Operand nearest = n.where(less, below, n.with(ElementwiseKind.ADD, below, 1));
    return n.mul(n.apply(ElementwiseKind.SIGN, x), nearest);
  }

  private static Operand rounded(TensorflowNode n, Operand x, String byDefault) {
    String mode = n.attrs().text("round_mode", byDefault);
    return switch (mode) {
      case "HALF_TO_EVEN" -> n.apply(ElementwiseKind.ROUND, x);
      case "HALF_UP" -> up(n, x);
      case "HALF_AWAY_FROM_ZERO" -> away(n, x);
      default -> throw new UnsupportedFeature("round_mode '%s'", mode);
    };
  }

  private static long axis(TensorflowNode n) {
    long axis = n.attrs().integer("axis", -1);
    require(axis >= -1 && axis < n.in(0).rank(), "axis is %d of %s", axis, n.in(0).type());
    return axis;
  }

  /** A bound of the range, one for all or one for each index of the axis, to be broadcast. */
  private static Operand bound(TensorflowNode n, int i) {
    int axis = (int) axis(n);
    long size = axis < 0 ? 1 : n.in(0).dim(axis);
    require(n.in(i).shape().elements() == size, "input %d has not %d elements", i, size);
    List<Long> extents = new ArrayList<>(Collections.nCopies(axis < 0 ? 0 : n.in(0).rank(), 1L));
    if (axis >= 0) {
      extents.set(axis, size);
    }
    return n.reshape(n.in(i), Shape.of(extents));
  }

  /** By what an end of the range is scaled to an end of the grid, if they have the same sign. */
  private static Operand scale(TensorflowNode n, double grid, Operand range) {
    Operand most = n.number(range.dtype(), Float.MAX_VALUE);
    Operand zero = n.number(range.dtype(), 0);
    Operand by = n.div(n.number(range.dtype(), grid), range);
    return grid == 0
        ? most
        : n.where(
            grid > 0
                ? n.apply(ElementwiseKind.LESS, zero, range)
                : n.apply(ElementwiseKind.LESS, range, zero),
            by,
            most);
  }

  /** To a grid around zero and back; the end of the range that needs more room decides. */
  private static Operand there(TensorflowNode n) {
    boolean signed = n.attrs().flag("signed_input", true);
    boolean third = n.op().endsWith("V3");
    long bits = third ? n.knownInteger(3, "num_bits") : n.attrs().integer("num_bits", 8);
    require(bits >= 2 && bits <= 31, "num_bits is %d", bits);
    double high = Math.scalb(1.0, (int) (signed ? bits - 1 : bits)) - 1;
    double low = signed ? n.attrs().flag("narrow_range", false) ? -high : -high - 1 : 0;
    Operand x = n.in(0);
    boolean given = n.attrs().flag("range_given", third);
    List<Integer> others = new ArrayList<>(TensorflowNode.range(0, x.rank()));
    others.remove((Integer) (int) axis(n));
    Operand min = given ? bound(n, 1) : n.reduce(ReduceKind.MIN, x, others, true);
    Operand max = given ? bound(n, 2) : n.reduce(ReduceKind.MAX, x, others, true);
    Operand fromMin = scale(n, low, min);
    Operand fromMax = scale(n, high, max);
    Operand scale = n.apply(ElementwiseKind.MIN, fromMin, fromMax);
    Operand byMin = n.apply(ElementwiseKind.LESS, fromMin, fromMax);
    Operand ofMax = n.with(ElementwiseKind.DIV, max, high);
    Operand step = signed ? n.where(byMin, n.with(ElementwiseKind.DIV, min, low), ofMax) : ofMax;
    if (given) {
      Operand least = n.where(byMin, min, n.with(ElementwiseKind.MUL, step, low));
      Operand most = n.where(byMin, n.with(ElementwiseKind.MUL, step, high), max);
      x = ElementwiseImports.clip(n, x, least, most);
    }
    return n.mul(rounded(n, n.mul(x, scale), "HALF_TO_EVEN"), step);
  }

  private static double range(DType t) {
    return t.highest() - t.lowest();
  }

  /** Half of the grid where its numbers have signs. */
  private static double half(DType t) {
    return t.lowest() < 0 ? (range(t) + 1) / 2 : 0;
  }

  private static double lowest(TensorflowNode n, DType grid) {
    return grid.lowest() + (n.attrs().flag("narrow_range", false) ? 1 : 0);
  }

  private static Operand dequantize(TensorflowNode n) {
    DType from = n.in(0).dtype();
    Operand x = n.cast(n.in(0), DType.F32);
    Operand min = bound(n, 1);
    Operand max = bound(n, 2);
    Operand width = n.with(ElementwiseKind.DIV, n.sub(max, min), range(from));
    String mode = n.attrs().text("mode", "MIN_COMBINED");
    Operand y =
        switch (mode) {
          case "MIN_COMBINED" -> n.add(n.mul(plus(n, x, half(from)), width), min);
          case "MIN_FIRST" -> {
            Operand least = n.mul(away(n, n.div(min, width)), width);
            yield n.add(n.mul(plus(n, x, -from.lowest()), width), least);
          }
          case "SCALED" -> {
            Operand ofMax = n.with(ElementwiseKind.DIV, max, from.highest());
            Operand ofMin = n.with(ElementwiseKind.DIV, min, lowest(n, from));
            boolean signed = from.lowest() < 0;
            yield n.mul(x, signed ? n.apply(ElementwiseKind.MAX, ofMin, ofMax) : ofMax);
          }
          default -> throw new UnsupportedFeature("mode '%s'", mode);
        };
    return n.cast(y, n.attrs().dtype("dtype", DType.F32));
  }

  private static Operand plus(TensorflowNode n, Operand x, double number) {
    return number == 0 ? x : n.with(ElementwiseKind.ADD, x, number);
  }

  /** Also gives the range, which may have become wider. */
  private static List<Operand> quantize(TensorflowNode n) {
    DType to = n.attrs().dtype("T");
    Operand x = n.in(0);
    Operand zero = n.number(DType.F32, 0);
    Operand most = n.apply(ElementwiseKind.MAX, size(n, 1), size(n, 2));
    Operand room =
        n.with(
            ElementwiseKind.MUL,
            n.apply(ElementwiseKind.MAX, n.number(DType.F32, 1), most),
            n.attrs().number("ensure_minimum_range", 0.01f));
    Operand min = n.apply(ElementwiseKind.MIN, bound(n, 1), zero);
    Operand wide = n.apply(ElementwiseKind.MAX, bound(n, 2), n.add(min, room));
    Operand max = n.apply(ElementwiseKind.MAX, wide, zero);
    Operand scale = n.div(n.number(DType.F32, range(to)), n.sub(max, min));
    String mode = n.attrs().text("mode", "MIN_COMBINED");
    Operand y;
    switch (mode) {
      case "MIN_COMBINED" -> {
        Operand clipped = ElementwiseImports.clip(n, x, min, max);
        y = away(n, plus(n, n.mul(n.sub(clipped, min), scale), -half(to)));
      }
      case "MIN_FIRST" -> {
        Operand steps = n.sub(away(n, n.mul(x, scale)), away(n, n.mul(min, scale)));
        y = plus(n, steps, to.lowest());
      }
      case "SCALED" -> {
        double low = lowest(n, to);
        scale = n.apply(ElementwiseKind.MIN, scale(n, low, min), scale(n, to.highest(), max));
        min = n.div(n.number(DType.F32, low), scale);
        max = n.div(n.number(DType.F32, to.highest()), scale);
        Operand clipped = ElementwiseImports.clip(n, x, min, max);
        y = rounded(n, n.mul(clipped, scale), "HALF_AWAY_FROM_ZERO");
      }
      default -> throw new UnsupportedFeature("mode '%s'", mode);
    }
    Operand grid = n.apply(ElementwiseKind.CLIP, to.lowest(), to.highest(), y);
    Shape bounds = n.in(1).shape();
    return List.of(n.cast(grid, to), n.reshape(min, bounds), n.reshape(max, bounds));
  }

  private static Operand size(TensorflowNode n, int bound) {
    return n.apply(ElementwiseKind.ABS, bound(n, bound));
  }
}
