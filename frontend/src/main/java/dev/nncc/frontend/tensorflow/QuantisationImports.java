package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import dev.nncc.graph.DType;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.ReduceKind;
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
    t.many("QuantizeV2", QuantisationImports::quantize);
    t.one("Dequantize", QuantisationImports::dequantize);
    t.limit("QuantizeV2", "no axis");
    t.limit("Dequantize", "no axis");
  }

  /** Clips to a range moved so that zero is a step of it, and rounds halves up. */
  private static Operand fake(TensorflowNode n, Operand x, Operand min, Operand max) {
    long bits = n.attrs().integer("num_bits", 8);
    require(bits >= 2 && bits <= 16, "num_bits is %d", bits);
    double low = n.attrs().flag("narrow_range", false) ? 1 : 0;
    double high = Math.scalb(1.0, (int) bits) - 1;
    Operand scale = n.with(ElementwiseKind.DIV, n.sub(max, min), high - low);
    Operand zero = n.sub(n.number(min.dtype(), low), n.div(min, scale));
    Operand point = n.apply(ElementwiseKind.CLIP, low, high, half(n, zero));
    Operand least = n.mul(n.sub(n.number(min.dtype(), low), point), scale);
    Operand most = n.mul(n.sub(n.number(min.dtype(), high), point), scale);
    Operand clipped = ElementwiseImports.clip(n, x, least, most);
    return n.add(n.mul(half(n, n.div(n.sub(clipped, least), scale)), scale), least);
  }

  /** To the nearest integer, halves up. */
  private static Operand half(TensorflowNode n, Operand x) {
    return n.apply(ElementwiseKind.FLOOR, n.with(ElementwiseKind.ADD, x, 0.5));
  }

  private static Operand there(TensorflowNode n) {
    Operand x = n.in(0);
    boolean signed = n.attrs().flag("signed_input", true);
    UnsupportedFeature.when(n.attrs().integer("axis", -1) != -1, "axis is not supported");
    long bits =
        n.op().endsWith("V3") ? n.knownInteger(3, "num_bits") : n.attrs().integer("num_bits", 8);
    require(bits >= 2 && bits <= 31, "num_bits is %d", bits);
    double high = Math.scalb(1.0, (int) (signed ? bits - 1 : bits)) - 1;
    double low = signed ? n.attrs().flag("narrow_range", false) ? -high : -high - 1 : 0;
    List<Integer> all = TensorflowNode.range(0, x.rank());
    boolean given = n.attrs().flag("range_given", n.op().endsWith("V3"));
    Operand min = given ? n.in(1) : n.reduce(ReduceKind.MIN, x, all, false);
    Operand max = given ? n.in(2) : n.reduce(ReduceKind.MAX, x, all, false);
    Operand one = n.number(x.dtype(), 1);
    Operand byMax = n.div(n.number(x.dtype(), high), max);
    Operand scale = byMax;
    if (signed) {
      // The end that needs more room decides; a maximum that is not positive decides nothing.
      Operand byMin = n.div(n.number(x.dtype(), low), min);
      Operand most = n.number(x.dtype(), Float.MAX_VALUE);
      Operand a = n.where(n.with(ElementwiseKind.LESS_OR_EQUAL, max, 0), most, byMax);
      Operand zero = n.number(x.dtype(), 0);
      Operand b = n.where(n.apply(ElementwiseKind.LESS, min, zero), byMin, most);
      scale = n.apply(ElementwiseKind.MIN, a, b);
    }
    Operand step = n.div(one, scale);
    Operand rounded =
        n.attrs().text("round_mode", "HALF_TO_EVEN").equals("HALF_UP")
            ? half(n, n.mul(x, scale))
            : n.apply(ElementwiseKind.ROUND, n.mul(x, scale));
    return n.mul(n.apply(ElementwiseKind.CLIP, low, high, rounded), step);
  }

  private static double range(DType t) {
    return t.highest() - t.lowest();
  }

  private static Operand dequantize(TensorflowNode n) {
    UnsupportedFeature.when(n.attrs().integer("axis", -1) != -1, "axis is not supported");
    DType from = n.in(0).dtype();
    Operand x = n.cast(n.in(0), DType.F32);
    Operand min = n.in(1);
    Operand max = n.in(2);
    Operand width = n.with(ElementwiseKind.DIV, n.sub(max, min), range(from));
    return switch (n.attrs().text("mode", "MIN_COMBINED")) {
      case "MIN_COMBINED" -> {
        double half = from.lowest() < 0 ? (range(from) + 1) / 2 : 0;
        yield n.add(n.mul(n.with(ElementwiseKind.ADD, x, half), width), min);
      }
      case "MIN_FIRST" -> {
        Operand least = n.mul(n.apply(ElementwiseKind.ROUND, n.div(min, width)), width);
        yield n.add(n.mul(n.with(ElementwiseKind.SUB, x, from.lowest()), width), least);
      }
      case "SCALED" -> n.mul(x, n.with(ElementwiseKind.DIV, largest(n, min, max), from.highest()));
      default -> throw new UnsupportedFeature("this mode is not supported");
    };
  }

  private static Operand largest(TensorflowNode n, Operand min, Operand max) {
    return n.apply(
        ElementwiseKind.MAX, n.apply(ElementwiseKind.ABS, min), n.apply(ElementwiseKind.ABS, max));
  }

  private static List<Operand> quantize(TensorflowNode n) {
    UnsupportedFeature.when(n.attrs().integer("axis", -1) != -1, "axis is not supported");
    DType to = n.attrs().dtype("T");
    Operand x = n.in(0);
    Operand min = n.in(1);
    Operand max = n.in(2);
    Operand scale = n.div(n.number(DType.F32, range(to)), n.sub(max, min));
    Operand y =
        switch (n.attrs().text("mode", "MIN_COMBINED")) {
          case "MIN_COMBINED" -> {
            double half = to.lowest() < 0 ? (range(to) + 1) / 2 : 0;
            yield n.with(ElementwiseKind.SUB, n.mul(n.sub(x, min), scale), half);
          }
          case "MIN_FIRST" ->
              n.with(
                  ElementwiseKind.ADD,
                  n.sub(n.mul(x, scale), n.apply(ElementwiseKind.ROUND, n.mul(min, scale))),
                  to.lowest());
          case "SCALED" -> n.mul(x, n.div(n.number(DType.F32, to.highest()), largest(n, min, max)));
          default -> throw new UnsupportedFeature("this mode is not supported");
        };
    Operand whole = n.apply(ElementwiseKind.ROUND, y);
    Operand clipped = n.apply(ElementwiseKind.CLIP, to.lowest(), to.highest(), whole);
    return List.of(n.cast(clipped, to), min, max);
  }
}
