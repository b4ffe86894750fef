package dev.nncc.frontend.onnx;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import dev.nncc.frontend.tensor.TensorProtos;
import dev.nncc.graph.DType;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Shape;
import dev.nncc.graph.op.ElementwiseKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Arithmetic, comparison and logic, element by element; Cast. */
final class ElementwiseImports {
  private static final Map<String, ElementwiseKind> UNARY =
      Map.ofEntries(
          Map.entry("Neg", ElementwiseKind.NEG),
          Map.entry("Abs", ElementwiseKind.ABS),
          Map.entry("Sqrt", ElementwiseKind.SQRT),
          Map.entry("Exp", ElementwiseKind.EXP),
          Map.entry("Log", ElementwiseKind.LOG),
          Map.entry("Sin", ElementwiseKind.SIN),
          Map.entry("Cos", ElementwiseKind.COS),
          Map.entry("Tan", ElementwiseKind.TAN),
          Map.entry("Asin", ElementwiseKind.ASIN),
          Map.entry("Acos", ElementwiseKind.ACOS),
          Map.entry("Atan", ElementwiseKind.ATAN),
          Map.entry("Sinh", ElementwiseKind.SINH),
          Map.entry("Cosh", ElementwiseKind.COSH),
          Map.entry("Asinh", ElementwiseKind.ASINH),
          Map.entry("Acosh", ElementwiseKind.ACOSH),
          Map.entry("Atanh", ElementwiseKind.ATANH),
          Map.entry("Erf", ElementwiseKind.ERF),
          Map.entry("Floor", ElementwiseKind.FLOOR),
          Map.entry("Ceil", ElementwiseKind.CEIL),
          Map.entry("Round", ElementwiseKind.ROUND),
          Map.entry("Sign", ElementwiseKind.SIGN),
          Map.entry("Reciprocal", ElementwiseKind.RECIPROCAL),
          Map.entry("Not", ElementwiseKind.NOT),
          Map.entry("BitwiseNot", ElementwiseKind.BIT_NOT));

  private static final Map<String, ElementwiseKind> BINARY =
      Map.ofEntries(
          Map.entry("Add", ElementwiseKind.ADD),
          Map.entry("Sub", ElementwiseKind.SUB),
          Map.entry("Mul", ElementwiseKind.MUL),
          Map.entry("Div", ElementwiseKind.DIV),
          Map.entry("And", ElementwiseKind.AND),
          Map.entry("Or", ElementwiseKind.OR),
          Map.entry("Xor", ElementwiseKind.XOR),
          Map.entry("BitwiseAnd", ElementwiseKind.AND),
          Map.entry("BitwiseOr", ElementwiseKind.OR),
          Map.entry("BitwiseXor", ElementwiseKind.XOR),
          Map.entry("Equal", ElementwiseKind.EQUAL),
          Map.entry("Less", ElementwiseKind.LESS),
          Map.entry("LessOrEqual", ElementwiseKind.LESS_OR_EQUAL));

  private ElementwiseImports() {}

  static void addTo(OperatorTable t) {
    new TreeMap<>(UNARY).forEach((name, kind) -> t.one(name, 1, n -> n.apply(kind, n.in(0))));
    new TreeMap<>(BINARY).forEach((name, kind) -> t.one(name, 1, n -> binary(n, kind)));
    t.one("Greater", 1, n -> n.apply(ElementwiseKind.LESS, right(n), n.in(0)));
    t.one("GreaterOrEqual", 12, n -> n.apply(ElementwiseKind.LESS_OR_EQUAL, n.in(1), n.in(0)));
    t.one("Sum", 1, n -> chain(n, ElementwiseKind.ADD));
    t.one("Max", 1, n -> chain(n, ElementwiseKind.MAX));
    t.one("Min", 1, n -> chain(n, ElementwiseKind.MIN));
    t.one("Mean", 1, ElementwiseImports::mean);
    t.one("Pow", 1, ElementwiseImports::pow);
    t.one("Mod", 10, ElementwiseImports::mod);
    t.one("BitShift", 11, ElementwiseImports::bitShift);
    t.one("Where", 9, n -> n.apply(ElementwiseKind.WHERE, n.in(0), n.in(1), n.in(2)));
    t.one("IsNaN", 9, n -> n.apply(ElementwiseKind.IS_NAN, n.in(0)));
    t.one("IsInf", 10, ElementwiseImports::isInf);
    t.one("Cast", 1, ElementwiseImports::castByName);
    t.one("Cast", 6, ElementwiseImports::cast);
    t.one("CastLike", 15, n -> n.cast(n.in(0), n.in(1).dtype()));
    t.one("Identity", 1, n -> n.in(0));
    t.limit("Cast", "no strings, 8-bit floats or 4-bit types");
  }

  private static Operand binary(OnnxNode n, ElementwiseKind kind) {
    return n.apply(kind, n.in(0), right(n));
  }

  /**
   * The second operand. Before version 7 it is broadcast only if an attribute says so, and may be
   * aligned at an axis of the first.
   */
  private static Operand right(OnnxNode n) {
    Operand a = n.in(0);
    Operand b = n.in(1);
    if (n.opset() >= 7 || !n.attrs().flag("broadcast", false) || !n.attrs().has("axis")) {
      return b;
    }
    int axis = OnnxNode.axis(n.attrs().integer("axis"), a.rank());
    require(axis + b.rank() <= a.rank(), "%s at axis %d of %s", b.type(), axis, a.type());
    List<Long> extents = new ArrayList<>();
    for (long d : b.shape().toArray()) {
      extents.add(d);
    }
    while (extents.size() < a.rank() - axis) {
      extents.add(1L);
    }
    return n.reshape(b, Shape.of(extents));
  }

  private static Operand chain(OnnxNode n, ElementwiseKind kind) {
    Operand result = n.in(0);
    for (int i = 1; i < n.inputs(); i++) {
      result = n.apply(kind, result, n.in(i));
    }
    return result;
  }

  private static Operand mean(OnnxNode n) {
    Operand sum = chain(n, ElementwiseKind.ADD);
    return n.inputs() == 1
        ? sum
        : n.apply(ElementwiseKind.DIV, sum, n.number(sum.dtype(), n.inputs()));
  }

  /** The result has the type of the base; a power of integers by floats is computed in floats. */
  private static Operand pow(OnnxNode n) {
    Operand base = n.in(0);
    Operand exponent = right(n);
    if (base.dtype() == exponent.dtype()) {
      return n.apply(ElementwiseKind.POW, base, exponent);
    }
    if (base.dtype().isInteger() && exponent.dtype().isFloat()) {
      Operand p = n.apply(ElementwiseKind.POW, n.cast(base, exponent.dtype()), exponent);
      return n.cast(p, base.dtype());
    }
    return n.apply(ElementwiseKind.POW, base, n.cast(exponent, base.dtype()));
  }

  private static Operand mod(OnnxNode n) {
    boolean fmod = n.attrs().flag("fmod", false);
    require(fmod || !n.in(0).dtype().isFloat(), "fmod=0 of %s", n.in(0).type());
    return n.apply(fmod ? ElementwiseKind.REM : ElementwiseKind.MOD, n.in(0), n.in(1));
  }

  private static Operand bitShift(OnnxNode n) {
    String direction = n.attrs().text("direction", "");
    require(direction.equals("LEFT") || direction.equals("RIGHT"), "direction is '%s'", direction);
    return n.apply(
        direction.equals("LEFT") ? ElementwiseKind.SHIFT_LEFT : ElementwiseKind.SHIFT_RIGHT,
        n.in(0),
        n.in(1));
  }

  private static Operand isInf(OnnxNode n) {
    double negative = n.attrs().integer("detect_negative", 1);
    double positive = n.attrs().integer("detect_positive", 1);
    return n.apply(ElementwiseKind.IS_INF, negative, positive, n.in(0));
  }

  private static Operand cast(OnnxNode n) {
    try {
      return n.cast(n.in(0), TensorProtos.dtype((int) n.attrs().integer("to")));
    } catch (ModelException e) {
      throw new UnsupportedFeature("%s", String.valueOf(e.getMessage()));
    }
  }

  private static Operand castByName(OnnxNode n) {
    String to = n.attrs().text("to", "").toUpperCase(Locale.ROOT);
    DType dtype =
        switch (to) {
          case "FLOAT" -> DType.F32;
          case "DOUBLE" -> DType.F64;
          case "FLOAT16" -> DType.F16;
          case "INT64" -> DType.I64;
          case "INT32" -> DType.I32;
          case "INT16" -> DType.I16;
          case "INT8" -> DType.I8;
          case "UINT64" -> DType.U64;
          case "UINT32" -> DType.U32;
          case "UINT16" -> DType.U16;
          case "UINT8" -> DType.U8;
          case "BOOL" -> DType.BOOL;
          default -> throw new UnsupportedFeature("to=%s is not supported", to);
        };
    return n.cast(n.in(0), dtype);
  }
}
