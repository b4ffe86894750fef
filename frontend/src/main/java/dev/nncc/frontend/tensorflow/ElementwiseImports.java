package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import dev.nncc.graph.DType;
import dev.nncc.graph.Payload;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.op.ElementwiseKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Arithmetic, comparison, logic and activations, element by element; casts. */
final class ElementwiseImports {
  /** TensorFlow's name, or ours where both agree but for the case. */
  private static final Map<String, ElementwiseKind> SAME =
      Map.ofEntries(
          Map.entry("Rint", ElementwiseKind.ROUND),
          Map.entry("Inv", ElementwiseKind.RECIPROCAL),
          Map.entry("LogicalNot", ElementwiseKind.NOT),
          Map.entry("Invert", ElementwiseKind.BIT_NOT),
          Map.entry("IsNan", ElementwiseKind.IS_NAN),
          Map.entry("AddV2", ElementwiseKind.ADD),
          Map.entry("RealDiv", ElementwiseKind.DIV),
          Map.entry("TruncateDiv", ElementwiseKind.DIV),
          Map.entry("FloorMod", ElementwiseKind.MOD),
          Map.entry("Mod", ElementwiseKind.REM),
          Map.entry("TruncateMod", ElementwiseKind.REM),
          Map.entry("Minimum", ElementwiseKind.MIN),
          Map.entry("Maximum", ElementwiseKind.MAX),
          Map.entry("LessEqual", ElementwiseKind.LESS_OR_EQUAL),
          Map.entry("LogicalAnd", ElementwiseKind.AND),
          Map.entry("LogicalOr", ElementwiseKind.OR),
          Map.entry("LogicalXor", ElementwiseKind.XOR),
          Map.entry("BitwiseAnd", ElementwiseKind.AND),
          Map.entry("BitwiseOr", ElementwiseKind.OR),
          Map.entry("BitwiseXor", ElementwiseKind.XOR),
          Map.entry("LeftShift", ElementwiseKind.SHIFT_LEFT),
          Map.entry("RightShift", ElementwiseKind.SHIFT_RIGHT));

  /** Operators whose names are ours too. */
  private static final List<ElementwiseKind> OURS =
      List.of(
          ElementwiseKind.NEG,
          ElementwiseKind.ABS,
          ElementwiseKind.SQRT,
          ElementwiseKind.EXP,
          ElementwiseKind.LOG,
          ElementwiseKind.SIN,
          ElementwiseKind.COS,
          ElementwiseKind.TAN,
          ElementwiseKind.ASIN,
          ElementwiseKind.ACOS,
          ElementwiseKind.ATAN,
          ElementwiseKind.SINH,
          ElementwiseKind.COSH,
          ElementwiseKind.TANH,
          ElementwiseKind.ASINH,
          ElementwiseKind.ACOSH,
          ElementwiseKind.ATANH,
          ElementwiseKind.SIGMOID,
          ElementwiseKind.ERF,
          ElementwiseKind.SIGN,
          ElementwiseKind.RELU,
          ElementwiseKind.SOFTPLUS,
          ElementwiseKind.SOFTSIGN,
          ElementwiseKind.ADD,
          ElementwiseKind.SUB,
          ElementwiseKind.MUL,
          ElementwiseKind.DIV,
          ElementwiseKind.POW,
          ElementwiseKind.LESS);

  private static final double SELU_ALPHA = 1.6732632423543772848170429916717;
  private static final double SELU_SCALE = 1.0507009873554804934193349852946;

  private ElementwiseImports() {}

  static void addTo(Operators t) {
    new TreeMap<>(SAME).forEach((name, kind) -> t.one(name, n -> apply(n, kind)));
    OURS.forEach(kind -> t.one(kind.text(), n -> apply(n, kind)));
    unary(t);
    binary(t);
    t.one("AddN", ElementwiseImports::sum);
    t.one("AccumulateNV2", ElementwiseImports::sum);
    t.one("Select", ElementwiseImports::select);
    t.one("SelectV2", n -> n.where(n.in(0), n.in(1), n.in(2)));
    t.one("ClipByValue", n -> clip(n, n.in(0), n.in(1), n.in(2)));
    t.one("BiasAdd", ElementwiseImports::biasAdd);
    t.one("BiasAddV1", n -> n.add(n.in(0), n.in(1)));
    t.one("Cast", n -> n.cast(n.in(0), n.attrs().dtype("DstT")));
    t.one("Bitcast", ElementwiseImports::bitcast);
    t.limit("Bitcast", "constant operand, or the same element type");
  }

  private static void unary(Operators t) {
    for (String same : List.of("Round", "Floor", "Ceil")) {
      ElementwiseKind kind = ElementwiseKind.valueOf(same.toUpperCase(java.util.Locale.ROOT));
      // Integers are whole numbers already.
      t.one(same, n -> n.in(0).dtype().isFloat() ? n.apply(kind, n.in(0)) : n.in(0));
    }
    t.one(
        "Reciprocal",
        n ->
            n.in(0).dtype().isFloat()
                ? n.apply(ElementwiseKind.RECIPROCAL, n.in(0))
                : n.div(n.number(n.in(0).dtype(), 1), n.in(0)));
    t.one(
        "Rsqrt", n -> n.apply(ElementwiseKind.RECIPROCAL, n.apply(ElementwiseKind.SQRT, n.in(0))));
    t.one("Square", n -> n.mul(n.in(0), n.in(0)));
    t.one("Erfc", n -> n.sub(n.number(n.in(0).dtype(), 1), n.apply(ElementwiseKind.ERF, n.in(0))));
    t.one("Log1p", n -> n.apply(ElementwiseKind.LOG, n.with(ElementwiseKind.ADD, n.in(0), 1)));
    t.one("Expm1", ElementwiseImports::expm1);
    t.one("IsInf", n -> n.apply(ElementwiseKind.IS_INF, 1, 1, n.in(0)));
    t.one(
        "IsFinite",
        n ->
            n.with(
                ElementwiseKind.LESS,
                n.apply(ElementwiseKind.ABS, n.in(0)),
                Double.POSITIVE_INFINITY));
    t.one("Relu6", n -> n.apply(ElementwiseKind.CLIP, 0, 6, n.in(0)));
    t.one("Elu", n -> n.apply(ElementwiseKind.ELU, 1, n.in(0)));
    t.one("Selu", n -> n.apply(ElementwiseKind.SELU, SELU_ALPHA, SELU_SCALE, n.in(0)));
    t.one(
        "LeakyRelu",
        n -> n.apply(ElementwiseKind.LEAKY_RELU, n.attrs().number("alpha", 0.2), n.in(0)));
  }

  private static void binary(Operators t) {
    t.one("Greater", n -> n.apply(ElementwiseKind.LESS, n.in(1), n.in(0)));
    t.one("GreaterEqual", n -> n.apply(ElementwiseKind.LESS_OR_EQUAL, n.in(1), n.in(0)));
    t.one("Equal", ElementwiseImports::equal);
    t.one("NotEqual", n -> n.apply(ElementwiseKind.NOT, equal(n)));
    t.one(
        "ApproximateEqual",
        n ->
            n.with(
                ElementwiseKind.LESS,
                n.apply(ElementwiseKind.ABS, n.sub(n.in(0), n.in(1))),
                n.attrs().number("tolerance", 1e-5f)));
    t.one("FloorDiv", ElementwiseImports::floorDiv);
    t.one("SquaredDifference", n -> square(n, n.sub(n.in(0), n.in(1))));
    t.one("DivNoNan", n -> unlessZero(n, n.in(1), n.div(n.in(0), n.in(1))));
    t.one("MulNoNan", n -> unlessZero(n, n.in(1), n.mul(n.in(0), n.in(1))));
    t.one("Xdivy", n -> unlessZero(n, n.in(0), n.div(n.in(0), n.in(1))));
    t.one(
        "Xlogy",
        n -> unlessZero(n, n.in(0), n.mul(n.in(0), n.apply(ElementwiseKind.LOG, n.in(1)))));
    t.one("Atan2", ElementwiseImports::atan2);
  }

  private static Operand apply(TensorflowNode n, ElementwiseKind kind) {
    require(n.inputs() == kind.arity(), "%d inputs for %s", n.inputs(), n.op());
    return n.emit(dev.nncc.graph.op.Elementwise.of(kind), n.all().toArray(Operand[]::new));
  }

  static Operand clip(TensorflowNode n, Operand x, Operand low, Operand high) {
    return n.apply(ElementwiseKind.MAX, n.apply(ElementwiseKind.MIN, x, high), low);
  }

  private static Operand square(TensorflowNode n, Operand x) {
    return n.mul(x, x);
  }

  /** tanh(x/2) (exp(x) + 1), which loses nothing near zero. */
  private static Operand expm1(TensorflowNode n) {
    Operand half = n.apply(ElementwiseKind.TANH, n.with(ElementwiseKind.MUL, n.in(0), 0.5));
    return n.mul(half, n.with(ElementwiseKind.ADD, n.apply(ElementwiseKind.EXP, n.in(0)), 1));
  }

  private static Operand equal(TensorflowNode n) {
    return n.apply(ElementwiseKind.EQUAL, n.in(0), n.in(1));
  }

  private static Operand floorDiv(TensorflowNode n) {
    Operand a = n.in(0);
    Operand b = n.in(1);
    return a.dtype().isFloat()
        ? n.apply(ElementwiseKind.FLOOR, n.div(a, b))
        : n.div(n.sub(a, n.apply(ElementwiseKind.MOD, a, b)), b);
  }

  private static Operand unlessZero(TensorflowNode n, Operand tested, Operand value) {
    Operand zero = n.number(tested.dtype(), 0);
    return n.where(n.apply(ElementwiseKind.EQUAL, tested, zero), n.number(value.dtype(), 0), value);
  }

  private static Operand atan2(TensorflowNode n) {
    Operand y = n.in(0);
    Operand x = n.in(1);
    Operand zero = n.number(x.dtype(), 0);
    Operand angle = n.apply(ElementwiseKind.ATAN, n.div(y, x));
    Operand below = n.apply(ElementwiseKind.LESS, y, zero);
    Operand turn = n.where(below, n.number(x.dtype(), -Math.PI), n.number(x.dtype(), Math.PI));
    Operand left = n.apply(ElementwiseKind.LESS, x, zero);
    Operand general = n.where(left, n.add(angle, turn), angle);
    Operand upright = n.with(ElementwiseKind.MUL, n.apply(ElementwiseKind.SIGN, y), Math.PI / 2);
    return n.where(n.apply(ElementwiseKind.EQUAL, x, zero), upright, general);
  }

  private static Operand sum(TensorflowNode n) {
    require(n.inputs() > 0, "there is nothing to add");
    Operand all = n.in(0);
    for (int i = 1; i < n.inputs(); i++) {
      all = n.add(all, n.in(i));
    }
    return all;
  }

  /** A condition of one axis chooses whole rows. */
  private static Operand select(TensorflowNode n) {
    Operand c = n.in(0);
    Operand x = n.in(1);
    if (c.rank() == 1 && x.rank() > 1) {
      List<Long> extents = TensorflowNode.extents(c);
      while (extents.size() < x.rank()) {
        extents.add(1L);
      }
      c = n.reshape(c, Shape.of(extents));
    }
    return n.where(c, x, n.in(2));
  }

  private static Operand biasAdd(TensorflowNode n) {
    Operand x = n.in(0);
    Operand b = n.in(1);
    require(b.rank() == 1 && x.rank() >= 2, "a bias %s of %s", b.type(), x.type());
    if (n.channelsLast()) {
      return n.add(x, b);
    }
    List<Long> extents = TensorflowNode.extents(b);
    while (extents.size() < x.rank() - 1) {
      extents.add(1L);
    }
    return n.add(x, n.reshape(b, Shape.of(extents)));
  }

  /** The bytes in another type; a wider type takes up the last axis, a narrower one adds one. */
  private static Operand bitcast(TensorflowNode n) {
    Operand x = n.in(0);
    DType to = n.attrs().dtype("type");
    if (to == x.dtype()) {
      return x;
    }
    UnsupportedFeature.when(to == DType.BOOL || x.dtype() == DType.BOOL, "bytes of bool");
    Tensor t = n.known(0, "input");
    List<Long> extents = new ArrayList<>(TensorflowNode.extents(x));
    int from = x.dtype().bytes();
    if (from > to.bytes()) {
      extents.add((long) from / to.bytes());
    } else if (from < to.bytes()) {
      require(
          x.rank() > 0 && x.dim(x.rank() - 1) == to.bytes() / from,
          "%s has not the bytes of %s",
          x.type(),
          to.text());
      extents.remove(extents.size() - 1);
    }
    TensorType type = new TensorType(to, Shape.of(extents));
    return n.constant(new Tensor(type, Payload.of(t.payload().bytes())));
  }
}
