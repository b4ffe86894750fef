package dev.nncc.tensor.interp;

import dev.nncc.graph.DType;
import dev.nncc.graph.Half;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Expr.Fn;

/**
 * The operations of the tensor IR on single values: integers and bool as long (u64 in its bits),
 * floats as double rounded to their type.
 */
public final class Arithmetic {
  private Arithmetic() {}

  /** The nearest value of the float type, ties to even. */
  public static double round(DType t, double x) {
    return switch (t) {
      case F32 -> (float) x;
      case F16 -> Half.toFloat(Half.fromDouble(x));
      case BF16 -> Float.intBitsToFloat(Half.bfloatFromDouble(x) << 16);
      default -> x;
    };
  }

  /** Wraps to the width of the integer type. */
  public static long wrap(DType t, long x) {
    return switch (t) {
      case I8 -> (byte) x;
      case U8 -> x & 0xFF;
      case I16 -> (short) x;
      case U16 -> x & 0xFFFF;
      case I32 -> (int) x;
      case U32 -> x & 0xFFFF_FFFFL;
      case BOOL -> x & 1;
      default -> x;
    };
  }

  public static double floats(BinOp op, DType t, double a, double b) {
    return switch (op) {
      case ADD -> round(t, a + b);
      case SUB -> round(t, a - b);
      case MUL -> round(t, a * b);
      case DIV -> round(t, a / b);
      case REM -> a % b;
      case FLOORDIV -> round(t, Math.floor(a / b));
      case MOD -> round(t, floorMod(a, b));
      case MIN -> Math.min(a, b);
      case MAX -> Math.max(a, b);
      case POW -> round(t, Math.pow(a, b));
      default -> throw new IllegalArgumentException(op + " of " + t);
    };
  }

  private static double floorMod(double a, double b) {
    double r = a % b;
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
  }

  public static long integers(BinOp op, DType t, long a, long b) {
    boolean big = t == DType.U64;
    return switch (op) {
      case ADD -> wrap(t, a + b);
      case SUB -> wrap(t, a - b);
      case MUL -> wrap(t, a * b);
      case DIV -> b == 0 ? 0 : wrap(t, big ? Long.divideUnsigned(a, b) : a / b);
      case REM -> b == 0 ? 0 : big ? Long.remainderUnsigned(a, b) : a % b;
      case FLOORDIV -> b == 0 ? 0 : wrap(t, big ? Long.divideUnsigned(a, b) : Math.floorDiv(a, b));
      case MOD -> b == 0 ? 0 : big ? Long.remainderUnsigned(a, b) : Math.floorMod(a, b);
      case MIN -> less(t, a, b) ? a : b;
      case MAX -> less(t, a, b) ? b : a;
      case POW -> wrap(t, power(a, b));
      case AND -> a & b;
      case OR -> a | b;
      case XOR -> a ^ b;
      case SHL -> b < 0 || b >= 8L * t.bytes() ? 0 : wrap(t, a << b);
      case SHR -> shiftRight(t, a, b);
      default -> compare(op, t, a, b) ? 1 : 0;
    };
  }

  /** The sum of the products of the low and of the high halves. */
  static double dotOfBf16(int a, int b) {
    double low = (double) Float.intBitsToFloat(a << 16) * Float.intBitsToFloat(b << 16);
    double high =
        (double) Float.intBitsToFloat(a & 0xFFFF0000) * Float.intBitsToFloat(b & 0xFFFF0000);
    return round(DType.F32, low + high);
  }

  /** Both rounded, the first in the low half. */
  static long pairOfBf16(double low, double high) {
    int upper = Half.bfloatFromDouble(high) & 0xFFFF;
    return (long) upper << 16 | Half.bfloatFromDouble(low) & 0xFFFF;
  }

  private static long shiftRight(DType t, long a, long b) {
    if (b < 0 || b >= 8L * t.bytes()) {
      return t.isSigned() && a < 0 ? -1 : 0;
    }
    return t.isSigned() ? a >> b : a >>> b;
  }

  private static boolean less(DType t, long a, long b) {
    return t == DType.U64 ? Long.compareUnsigned(a, b) < 0 : a < b;
  }

  public static boolean compare(BinOp op, DType t, long a, long b) {
    return switch (op) {
      case LT -> less(t, a, b);
      case LE -> !less(t, b, a);
      case EQ -> a == b;
      default -> throw new IllegalArgumentException(op + " does not compare");
    };
  }

  public static boolean compare(BinOp op, double a, double b) {
    return switch (op) {
      case LT -> a < b;
      case LE -> a <= b;
      case EQ -> a == b;
      default -> throw new IllegalArgumentException(op + " does not compare");
    };
  }

  private static long power(long a, long b) {
    if (b < 0) {
      return a == 1 ? 1 : a == -1 ? ((b & 1) == 0 ? 1 : -1) : 0;
    }
    long r = 1;
    for (long x = a, n = b; n > 0; n >>= 1, x *= x) {
      r = (n & 1) == 0 ? r : r * x;
    }
    return r;
  }

  /** Truncates and saturates; NaN gives 0. */
  public static long toInteger(DType t, double x) {
    if (t == DType.BOOL) {
      return x != 0 ? 1 : 0;
    }
    if (t == DType.U64) {
      return x >= 0x1p64
          ? -1
          : x >= 0x1p63 ? (long) (x - 0x1p63) ^ Long.MIN_VALUE : Math.max(0, (long) x);
    }
    int bits = 8 * t.bytes();
    long lo = t.isSigned() ? -1L << bits - 1 : 0;
    long hi = t.isSigned() ? ~lo : (1L << bits) - 1;
    return Math.max(lo, Math.min(hi, (long) x));
  }

  public static double toFloat(DType t, DType from, long x) {
    if (from == DType.U64 && x < 0) {
      return round(t, ((x >>> 1) | (x & 1)) * 2.0);
    }
    return t == DType.F32 ? (float) x : round(t, (double) x);
  }

  public static long toInteger(DType t, long x) {
    return t == DType.BOOL ? (x != 0 ? 1 : 0) : wrap(t, x);
  }

  public static double call(Fn fn, DType t, double x) {
    return switch (fn) {
      case NEG -> -x;
      case ABS -> Math.abs(x);
      case FLOOR -> Math.floor(x);
      case CEIL -> Math.ceil(x);
      case ROUND -> Math.rint(x);
      case SQRT -> round(t, Math.sqrt(x));
      case EXP -> round(t, Math.exp(x));
      case LOG -> round(t, Math.log(x));
      case SIN -> round(t, Math.sin(x));
      case COS -> round(t, Math.cos(x));
      case TAN -> round(t, Math.tan(x));
      case ASIN -> round(t, Math.asin(x));
      case ACOS -> round(t, Math.acos(x));
      case ATAN -> round(t, Math.atan(x));
      case SINH -> round(t, Math.sinh(x));
      case COSH -> round(t, Math.cosh(x));
      case TANH -> round(t, Math.tanh(x));
      case ASINH -> round(t, asinh(x));
      case ACOSH -> round(t, 2 * Math.log(Math.sqrt((x + 1) / 2) + Math.sqrt((x - 1) / 2)));
      case ATANH -> round(t, 0.5 * (Math.log1p(x) - Math.log1p(-x)));
      case SIGMOID -> round(t, 1 / (1 + Math.exp(-x)));
      case ERF -> round(t, erf(x));
      default -> throw new IllegalArgumentException(fn + " of " + t);
    };
  }

  private static double asinh(double x) {
    double a = Math.abs(x);
    if (a > 1e9) {
      return Math.copySign(Math.log(a) + Math.log(2), x);
    }
    return Math.copySign(Math.log1p(a + a * a / (1 + Math.sqrt(a * a + 1))), x);
  }

  /** {@code 2/sqrt(pi) * exp(-x*x) * sum(2^n x^(2n+1) / (1*3*..*(2n+1)))}: no cancellation. */
  private static double erf(double x) {
    if (Double.isNaN(x)) {
      return x;
    }
    if (Math.abs(x) > 6) {
      return Math.signum(x);
    }
    double term = x;
    double sum = x;
    for (int n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= 2 * x * x / (2 * n + 1);
      sum += term;
    }
    return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
  }

  public static long integerCall(Fn fn, DType t, long x) {
    return switch (fn) {
      case NEG -> wrap(t, -x);
      case ABS -> t.isSigned() && x < 0 ? wrap(t, -x) : x;
      case NOT -> t == DType.BOOL ? 1 - x : wrap(t, ~x);
      case FLOOR, CEIL, ROUND -> x;
      default -> throw new IllegalArgumentException(fn + " of " + t);
    };
  }
}
