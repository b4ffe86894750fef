package dev.nncc.graph.op;

import dev.nncc.graph.DType;
import java.util.List;

/**
 * What an elementwise operator does to one element, as data: the reference evaluator interprets it
 * and the tensor IR inlines it, so the meaning is written once. Types follow the operands: both
 * sides of a {@code Binary} have one type; comparisons give bool.
 */
public sealed interface ScalarExpr {
  /** The element of operand {@code index}. */
  record Arg(int index) implements ScalarExpr {}

  /** A number of the type {@code dtype}. */
  record Const(DType dtype, double value) implements ScalarExpr {}

  record Unary(UnaryFn fn, ScalarExpr a) implements ScalarExpr {}

  record Binary(BinaryFn fn, ScalarExpr a, ScalarExpr b) implements ScalarExpr {}

  record Select(ScalarExpr condition, ScalarExpr yes, ScalarExpr no) implements ScalarExpr {}

  /**
   * ONNX Cast: float to integer truncates (saturates out of range, NaN gives 0), integers wrap, to
   * bool is "not zero", to float rounds to nearest even.
   */
  record Cast(DType to, ScalarExpr a) implements ScalarExpr {}

  enum UnaryFn {
    NEG,
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
    /** To the nearest integer, halves to even. */
    ROUND,
    IS_NAN,
    /** Either sign. */
    IS_INF,
    /** Bool or bitwise complement of integers. */
    NOT
  }

  enum BinaryFn {
    ADD,
    SUB,
    MUL,
    /** Integers truncate towards zero; division by zero gives 0, without a trap. */
    DIV,
    /** Remainder with the sign of the divisor (integers, ONNX Mod fmod=0); by zero gives 0. */
    MOD,
    /** Remainder with the sign of the dividend (C fmod). */
    REM,
    /** NaN in either operand gives NaN, as in ONNX. */
    MIN,
    MAX,
    POW,
    LT,
    LE,
    EQ,
    /** Bool or bitwise on integers. */
    AND,
    OR,
    XOR,
    SHL,
    SHR
  }

  static ScalarExpr arg(int i) {
    return new Arg(i);
  }

  static ScalarExpr call(UnaryFn fn, ScalarExpr a) {
    return new Unary(fn, a);
  }

  static ScalarExpr call(BinaryFn fn, ScalarExpr a, ScalarExpr b) {
    return new Binary(fn, a, b);
  }

  /** The operands in order, for generic traversals. */
  default List<ScalarExpr> children() {
    if (this instanceof Unary u) {
      return List.of(u.a());
    }
    if (this instanceof Binary b) {
      return List.of(b.a(), b.b());
    }
    if (this instanceof Select s) {
      return List.of(s.condition(), s.yes(), s.no());
    }
    return this instanceof Cast c ? List.of(c.a()) : List.of();
  }
}
