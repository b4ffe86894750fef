package dev.nncc.graph.op;

import static dev.nncc.graph.op.ElementwiseKind.Domain.ANY;
import static dev.nncc.graph.op.ElementwiseKind.Domain.BITS;
import static dev.nncc.graph.op.ElementwiseKind.Domain.BOOLS;
import static dev.nncc.graph.op.ElementwiseKind.Domain.FLOATS;
import static dev.nncc.graph.op.ElementwiseKind.Domain.INTEGERS;
import static dev.nncc.graph.op.ElementwiseKind.Domain.NUMBERS;

import dev.nncc.graph.DType;
import dev.nncc.graph.ModelException;
import java.util.List;

/**
 * What an {@link Elementwise} computes. The meaning is {@link #expr}; arity, the names of the
 * parameters and the admitted element types stand with each kind.
 */
public enum ElementwiseKind {
  NEG("Neg", NUMBERS, 1),
  ABS("Abs", NUMBERS, 1),
  SQRT("Sqrt", FLOATS, 1),
  EXP("Exp", FLOATS, 1),
  LOG("Log", FLOATS, 1),
  SIN("Sin", FLOATS, 1),
  COS("Cos", FLOATS, 1),
  TAN("Tan", FLOATS, 1),
  ASIN("Asin", FLOATS, 1),
  ACOS("Acos", FLOATS, 1),
  ATAN("Atan", FLOATS, 1),
  SINH("Sinh", FLOATS, 1),
  COSH("Cosh", FLOATS, 1),
  TANH("Tanh", FLOATS, 1),
  ASINH("Asinh", FLOATS, 1),
  ACOSH("Acosh", FLOATS, 1),
  ATANH("Atanh", FLOATS, 1),
  SIGMOID("Sigmoid", FLOATS, 1),
  ERF("Erf", FLOATS, 1),
  FLOOR("Floor", FLOATS, 1),
  CEIL("Ceil", FLOATS, 1),
  /** To the nearest integer, halves to even. */
  ROUND("Round", FLOATS, 1),
  /** -1, 0 or 1; NaN stays. */
  SIGN("Sign", NUMBERS, 1),
  RECIPROCAL("Reciprocal", FLOATS, 1),
  NOT("Not", BOOLS, 1),
  BIT_NOT("BitNot", INTEGERS, 1),
  IS_NAN("IsNaN", FLOATS, 1),
  /** The parameters are 0 or 1. */
  IS_INF("IsInf", FLOATS, 1, "detectNegative", "detectPositive"),
  RELU("Relu", NUMBERS, 1),
  LEAKY_RELU("LeakyRelu", FLOATS, 1, "alpha"),
  ELU("Elu", FLOATS, 1, "alpha"),
  CELU("Celu", FLOATS, 1, "alpha"),
  SELU("Selu", FLOATS, 1, "alpha", "gamma"),
  HARD_SIGMOID("HardSigmoid", FLOATS, 1, "alpha", "beta"),
  HARD_SWISH("HardSwish", FLOATS, 1),
  SOFTPLUS("Softplus", FLOATS, 1),
  SOFTSIGN("Softsign", FLOATS, 1),
  MISH("Mish", FLOATS, 1),
  GELU("Gelu", FLOATS, 1),
  /** The approximation of Gelu by tanh. */
  GELU_TANH("GeluTanh", FLOATS, 1),
  /** {@code x * sigmoid(x)}. */
  SILU("Silu", FLOATS, 1),
  /** {@code x * sigmoid(alpha * x)}; of 1.702 the approximation of Gelu by sigmoid. */
  SWISH("Swish", FLOATS, 1, "alpha"),
  /** Infinite bounds do nothing; where min is above max, max wins. */
  CLIP("Clip", NUMBERS, 1, "min", "max"),
  THRESHOLDED_RELU("ThresholdedRelu", FLOATS, 1, "alpha"),
  SHRINK("Shrink", FLOATS, 1, "lambd", "bias"),
  IDENTITY("Identity", ANY, 1),

  ADD("Add", NUMBERS, 2),
  SUB("Sub", NUMBERS, 2),
  MUL("Mul", NUMBERS, 2),
  DIV("Div", NUMBERS, 2),
  /** Remainder with the sign of the divisor. */
  MOD("Mod", NUMBERS, 2),
  /** Remainder with the sign of the dividend. */
  REM("Rem", NUMBERS, 2),
  MIN("Min", NUMBERS, 2),
  MAX("Max", NUMBERS, 2),
  POW("Pow", NUMBERS, 2),
  LESS("Less", NUMBERS, 2),
  LESS_OR_EQUAL("LessOrEqual", NUMBERS, 2),
  EQUAL("Equal", ANY, 2),
  AND("And", BITS, 2),
  OR("Or", BITS, 2),
  XOR("Xor", BITS, 2),
  SHIFT_LEFT("ShiftLeft", INTEGERS, 2),
  SHIFT_RIGHT("ShiftRight", INTEGERS, 2),
  /** Operands x and slope. */
  PRELU("PRelu", NUMBERS, 2),

  /** Operands condition (bool), yes and no. */
  WHERE("Where", ANY, 3);

  /** Element types that a kind admits. */
  enum Domain {
    FLOATS,
    NUMBERS,
    INTEGERS,
    BOOLS,
    /** Integers and bool. */
    BITS,
    ANY;

    boolean admits(DType t) {
      return switch (this) {
        case FLOATS -> t.isFloat();
        case NUMBERS -> t != DType.BOOL;
        case INTEGERS -> t.isInteger();
        case BOOLS -> t == DType.BOOL;
        case BITS -> !t.isFloat();
        case ANY -> true;
      };
    }
  }

  private final String text;
  private final Domain domain;
  private final int arity;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> params;

  ElementwiseKind(String text, Domain domain, int arity, String... params) {
    this.text = text;
    this.domain = domain;
    this.arity = arity;
    this.params = List.of(params);
  }

  /** The operator's name in text: {@code LeakyRelu}. */
  public String text() {
    return text;
  }

  public int arity() {
    return arity;
  }

  /** Names of the parameters, in the order of {@link Elementwise#params}. */
  public List<String> params() {
    return params;
  }

  /** Whether operands (of Where: the second and third) may have this element type. */
  public boolean admits(DType operandType) {
    return domain.admits(operandType);
  }

  /** Whether results are bool whatever the operands. */
  public boolean isPredicate() {
    return switch (this) {
      case IS_NAN, IS_INF, LESS, LESS_OR_EQUAL, EQUAL, NOT -> true;
      default -> false;
    };
  }

  public DType resultType(DType operandType) {
    return isPredicate() ? DType.BOOL : operandType;
  }

  /**
   * What happens to one element.
   *
   * @param operandType type of the operands; of Where, of the second and third
   * @throws ModelException if the kind does not admit the type or the count of parameters is wrong
   */
  public ScalarExpr expr(DType operandType, List<Double> params) {
    ModelException.require(admits(operandType), "%s of %s", text, operandType.text());
    ModelException.require(
        params.size() == this.params.size(), "%s has parameters %s", text, this.params);
    return new ElementwiseMeaning(operandType, params).of(this);
  }
}
