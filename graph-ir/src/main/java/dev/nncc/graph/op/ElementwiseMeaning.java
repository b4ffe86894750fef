package dev.nncc.graph.op;

import static dev.nncc.graph.op.ScalarExpr.BinaryFn.ADD;
import static dev.nncc.graph.op.ScalarExpr.BinaryFn.AND;
import static dev.nncc.graph.op.ScalarExpr.BinaryFn.DIV;
import static dev.nncc.graph.op.ScalarExpr.BinaryFn.EQ;
import static dev.nncc.graph.op.ScalarExpr.BinaryFn.LE;
import static dev.nncc.graph.op.ScalarExpr.BinaryFn.LT;
import static dev.nncc.graph.op.ScalarExpr.BinaryFn.MAX;
import static dev.nncc.graph.op.ScalarExpr.BinaryFn.MIN;
import static dev.nncc.graph.op.ScalarExpr.BinaryFn.MUL;
import static dev.nncc.graph.op.ScalarExpr.BinaryFn.SUB;
import static dev.nncc.graph.op.ScalarExpr.call;

import dev.nncc.graph.DType;
import dev.nncc.graph.op.ScalarExpr.BinaryFn;
import dev.nncc.graph.op.ScalarExpr.UnaryFn;
import java.util.List;

/** Writes every {@link ElementwiseKind} as a {@link ScalarExpr} over operands of one type. */
final class ElementwiseMeaning {
  private static final double SQRT_HALF = 0.7071067811865476;
  private static final double SQRT_2_OVER_PI = 0.7978845608028654;

  /** {@code tanh(softplus(x))} is 1 in double precision from here on. */
  private static final double MISH_SATURATION = 20;

  private final DType type;
  private final List<Double> p;
  private final ScalarExpr x = ScalarExpr.arg(0);
  private final ScalarExpr y = ScalarExpr.arg(1);

  ElementwiseMeaning(DType type, List<Double> params) {
    this.type = type;
    this.p = params;
  }

  ScalarExpr of(ElementwiseKind kind) {
    return switch (kind) {
      case NEG,
          ABS,
          SQRT,
          EXP,
          LOG,
          SIN,
          COS,
          TAN,
          ASIN,
          ACOS,
          ATAN,
          SINH,
          COSH,
          TANH,
          ASINH,
          ACOSH,
          ATANH,
          SIGMOID,
          ERF,
          FLOOR,
          CEIL,
          ROUND,
          NOT,
          IS_NAN ->
          call(UnaryFn.valueOf(kind.name()), x);
      case BIT_NOT -> call(UnaryFn.NOT, x);
      case ADD, SUB, MUL, DIV, MOD, REM, MIN, MAX, POW, AND, OR, XOR ->
          call(BinaryFn.valueOf(kind.name()), x, y);
      case LESS -> call(LT, x, y);
      case LESS_OR_EQUAL -> call(LE, x, y);
      case EQUAL -> call(EQ, x, y);
      case SHIFT_LEFT -> call(BinaryFn.SHL, x, y);
      case SHIFT_RIGHT -> call(BinaryFn.SHR, x, y);
      case IDENTITY -> x;
      case WHERE -> select(x, y, ScalarExpr.arg(2));
      case PRELU -> select(call(LT, x, c(0)), mul(x, y), x);
      default -> composed(kind);
    };
  }

  private ScalarExpr composed(ElementwiseKind kind) {
    return switch (kind) {
      case SIGN ->
          select(
              call(LT, c(0), x),
              c(1),
              select(
                  call(LT, x, c(0)),
                  c(type.isSigned() ? -1 : 0),
                  select(call(EQ, x, c(0)), c(0), x)));
      case RECIPROCAL -> call(DIV, c(1), x);
      case IS_INF -> isInf(p.get(0) != 0, p.get(1) != 0);
      case CLIP -> clip(p.get(0), p.get(1));
      case SHRINK ->
          select(
              call(LT, x, c(-p.get(0))),
              add(x, c(p.get(1))),
              select(call(LT, c(p.get(0)), x), call(SUB, x, c(p.get(1))), c(0)));
      default -> activation(kind);
    };
  }

  private ScalarExpr activation(ElementwiseKind kind) {
    return switch (kind) {
      case RELU -> call(MAX, c(0), x);
      case LEAKY_RELU -> select(call(LT, x, c(0)), mul(c(p.get(0)), x), x);
      case ELU -> select(call(LT, x, c(0)), mul(c(p.get(0)), expMinusOne(x)), x);
      case CELU ->
          select(call(LT, x, c(0)), mul(c(p.get(0)), expMinusOne(call(DIV, x, c(p.get(0))))), x);
      case SELU -> mul(c(p.get(1)), select(call(LT, x, c(0)), mul(c(p.get(0)), expMinusOne(x)), x));
      case HARD_SIGMOID -> unit(add(mul(c(p.get(0)), x), c(p.get(1))));
      case HARD_SWISH -> mul(x, unit(add(mul(c(1.0 / 6), x), c(0.5))));
      case SOFTPLUS -> add(call(MAX, x, c(0)), call(UnaryFn.LOG, add(c(1), expOfMinusAbs())));
      case SOFTSIGN -> call(DIV, x, add(c(1), call(UnaryFn.ABS, x)));
      case MISH -> mish();
      case GELU -> mul(mul(c(0.5), x), add(c(1), call(UnaryFn.ERF, mul(x, c(SQRT_HALF)))));
      case GELU_TANH ->
          mul(
              mul(c(0.5), x),
              add(
                  c(1),
                  call(
                      UnaryFn.TANH,
                      mul(c(SQRT_2_OVER_PI), add(x, mul(c(0.044715), mul(x, mul(x, x))))))));
      case SILU -> mul(x, call(UnaryFn.SIGMOID, x));
      case SWISH -> mul(x, call(UnaryFn.SIGMOID, mul(c(p.get(0)), x)));
      case THRESHOLDED_RELU -> select(call(LT, c(p.get(0)), x), x, c(0));
      default -> throw new IllegalStateException("no meaning for " + kind);
    };
  }

  private ScalarExpr isInf(boolean negative, boolean positive) {
    ScalarExpr infinite = call(UnaryFn.IS_INF, x);
    if (negative && positive) {
      return infinite;
    }
    if (!negative && !positive) {
      return new ScalarExpr.Const(DType.BOOL, 0);
    }
    return call(AND, infinite, negative ? call(LT, x, c(0)) : call(LT, c(0), x));
  }

  /** Bounds of integers are moved to the next integer inside and left out where they do nothing. */
  private ScalarExpr clip(double min, double max) {
    double lo = type.isFloat() ? min : Math.min(Math.ceil(min), type.highest());
    double hi = type.isFloat() ? max : Math.max(Math.floor(max), type.lowest());
    ScalarExpr low = lo <= type.lowest() ? x : call(MAX, c(lo), x);
    return hi >= type.highest() ? low : call(MIN, c(hi), low);
  }

  /** With {@code e = exp(x)}, tanh(log(1 + e)) is {@code n / (n + 2)}, {@code n = e (e + 2)}. */
  private ScalarExpr mish() {
    ScalarExpr e = call(UnaryFn.EXP, call(MIN, x, c(MISH_SATURATION)));
    ScalarExpr n = mul(e, add(e, c(2)));
    return mul(x, call(DIV, n, add(n, c(2))));
  }

  private ScalarExpr expOfMinusAbs() {
    return call(UnaryFn.EXP, call(UnaryFn.NEG, call(UnaryFn.ABS, x)));
  }

  private ScalarExpr expMinusOne(ScalarExpr a) {
    return call(SUB, call(UnaryFn.EXP, a), c(1));
  }

  private ScalarExpr unit(ScalarExpr a) {
    return call(MAX, c(0), call(MIN, c(1), a));
  }

  private ScalarExpr c(double value) {
    return new ScalarExpr.Const(type, value);
  }

  private static ScalarExpr add(ScalarExpr a, ScalarExpr b) {
    return call(ADD, a, b);
  }

  private static ScalarExpr mul(ScalarExpr a, ScalarExpr b) {
    return call(MUL, a, b);
  }

  private static ScalarExpr select(ScalarExpr condition, ScalarExpr yes, ScalarExpr no) {
    return new ScalarExpr.Select(condition, yes, no);
  }
}
