package dev.nncc.graph.op;

import dev.nncc.graph.DType;
import dev.nncc.graph.Half;
import dev.nncc.graph.op.ScalarExpr.BinaryFn;
import dev.nncc.graph.op.ScalarExpr.UnaryFn;
import java.util.List;

/**
 * What the functions of {@link ScalarExpr} mean, on one element. Floats of every type are computed
 * as doubles; integers and bool as longs that hold a value of the type (u64: its bits).
 */
public final class Scalars {
  private Scalars() {}

  /** The type of an expression over operands of these types. */
  public static DType type(ScalarExpr e, List<DType> args) {
    if (e instanceof ScalarExpr.Arg a) {
      return args.get(a.index());
    }
    if (e instanceof ScalarExpr.Const c) {
      return c.dtype();
    }
    if (e instanceof ScalarExpr.Cast c) {
      return c.to();
    }
    if (e instanceof ScalarExpr.Unary u) {
      return isPredicate(u.fn()) ? DType.BOOL : type(u.a(), args);
    }
    if (e instanceof ScalarExpr.Binary b) {
      return isPredicate(b.fn()) ? DType.BOOL : type(b.a(), args);
    }
    return type(e.children().get(1), args);
  }

  public static boolean isPredicate(UnaryFn fn) {
    return fn == UnaryFn.IS_NAN || fn == UnaryFn.IS_INF;
  }

  public static boolean isPredicate(BinaryFn fn) {
    return fn == BinaryFn.LT || fn == BinaryFn.LE || fn == BinaryFn.EQ;
  }

  public static boolean test(UnaryFn fn, double x) {
    return switch (fn) {
      case IS_NAN -> Double.isNaN(x);
      case IS_INF -> Double.isInfinite(x);
      default -> throw new IllegalStateException(fn + " is no predicate");
    };
  }

  public static double apply(UnaryFn fn, double x) {
    return switch (fn) {
      case NEG -> -x;
      case ABS -> Math.abs(x);
      case SQRT -> Math.sqrt(x);
      case EXP -> Math.exp(x);
      case LOG -> Math.log(x);
      case SIN -> Math.sin(x);
      case COS -> Math.cos(x);
      case TAN -> Math.tan(x);
      case ASIN -> Math.asin(x);
      case ACOS -> Math.acos(x);
      case ATAN -> Math.atan(x);
      case SINH -> Math.sinh(x);
      case COSH -> Math.cosh(x);
      case TANH -> Math.tanh(x);
      case ASINH -> SpecialFunctions.asinh(x);
      case ACOSH -> SpecialFunctions.acosh(x);
      case ATANH -> SpecialFunctions.atanh(x);
      case SIGMOID -> 1 / (1 + Math.exp(-x));
      case ERF -> SpecialFunctions.erf(x);
      case FLOOR -> Math.floor(x);
      case CEIL -> Math.ceil(x);
      case ROUND -> Math.rint(x);
      case IS_NAN, IS_INF, NOT -> throw new IllegalStateException(fn + " of floats to floats");
    };
  }

  public static long apply(UnaryFn fn, DType type, long x) {
    return switch (fn) {
      case NEG -> wrap(type, -x);
      case ABS -> type.isSigned() ? wrap(type, Math.abs(x)) : x;
      case NOT -> type == DType.BOOL ? 1 - x : wrap(type, ~x);
      case FLOOR, CEIL, ROUND -> x;
      default -> throw new IllegalStateException(fn + " of " + type);
    };
  }

  public static boolean test(BinaryFn fn, double a, double b) {
    return switch (fn) {
      case LT -> a < b;
      case LE -> a <= b;
      case EQ -> a == b;
      default -> throw new IllegalStateException(fn + " is no predicate");
    };
  }

  public static boolean test(BinaryFn fn, DType type, long a, long b) {
    int order = compare(type, a, b);
    return switch (fn) {
      case LT -> order < 0;
      case LE -> order <= 0;
      case EQ -> order == 0;
      default -> throw new IllegalStateException(fn + " is no predicate");
    };
  }

  /** Order of integers of the type. */
  public static int compare(DType type, long a, long b) {
    return type == DType.U64 ? Long.compareUnsigned(a, b) : Long.compare(a, b);
  }

  public static double apply(BinaryFn fn, double a, double b) {
    return switch (fn) {
      case ADD -> a + b;
      case SUB -> a - b;
      case MUL -> a * b;
      case DIV -> a / b;
      case MOD -> floorRemainder(a, b);
      case REM -> a % b;
      case MIN -> Math.min(a, b);
      case MAX -> Math.max(a, b);
      case POW -> power(a, b);
      default -> throw new IllegalStateException(fn + " of floats to floats");
    };
  }

  public static long apply(BinaryFn fn, DType type, long a, long b) {
    return switch (fn) {
      case ADD -> wrap(type, a + b);
      case SUB -> wrap(type, a - b);
      case MUL -> wrap(type, a * b);
      case DIV -> divide(type, a, b);
      case MOD -> {
        long r = remainder(type, a, b);
        yield type.isSigned() && r != 0 && r < 0 != b < 0 ? r + b : r;
      }
      case REM -> remainder(type, a, b);
      case MIN -> compare(type, a, b) <= 0 ? a : b;
      case MAX -> compare(type, a, b) >= 0 ? a : b;
      case POW -> power(type, a, b);
      case AND -> a & b;
      case OR -> a | b;
      case XOR -> a ^ b;
      case SHL -> overShift(type, b) ? 0 : wrap(type, a << b);
      case SHR -> overShift(type, b) ? type.isSigned() && a < 0 ? -1 : 0 : shiftRight(type, a, b);
      case LT, LE, EQ -> throw new IllegalStateException(fn + " gives bool");
    };
  }

  private static boolean overShift(DType type, long by) {
    return by < 0 || by >= type.bytes() * 8L;
  }

  private static long shiftRight(DType type, long a, long by) {
    return type == DType.U64 ? a >>> by : a >> by;
  }

  private static long divide(DType type, long a, long b) {
    if (b == 0) {
      return 0;
    }
    return type == DType.U64 ? Long.divideUnsigned(a, b) : wrap(type, a / b);
  }

  private static long remainder(DType type, long a, long b) {
    if (b == 0) {
      return 0;
    }
    return type == DType.U64 ? Long.remainderUnsigned(a, b) : a % b;
  }

  private static double floorRemainder(double a, double b) {
    double r = a % b;
    return r == 0 ? Math.copySign(0, b) : r < 0 != b < 0 ? r + b : r;
  }

  /** As C defines it: 1 to any power is 1, -1 to an infinite power is 1. Java says NaN. */
  private static double power(double a, double b) {
    return a == 1 || a == -1 && Double.isInfinite(b) ? 1 : Math.pow(a, b);
  }

  private static long power(DType type, long a, long b) {
    if (type.isSigned() && b < 0) {
      return a == 1 ? 1 : a == -1 ? (b & 1) == 0 ? 1 : -1 : 0;
    }
    long result = 1;
    long square = a;
    for (long e = b; e != 0; e >>>= 1) {
      if ((e & 1) == 1) {
        result *= square;
      }
      square *= square;
    }
    return wrap(type, result);
  }

  /** The value of the type with the same low bits; bool: whether not zero. */
  public static long wrap(DType type, long v) {
    return switch (type) {
      case I32 -> (int) v;
      case I16 -> (short) v;
      case I8 -> (byte) v;
      case U32 -> v & 0xFFFFFFFFL;
      case U16 -> v & 0xFFFF;
      case U8 -> v & 0xFF;
      case BOOL -> v != 0 ? 1 : 0;
      default -> v;
    };
  }

  /** A double rounded to a float type. */
  public static double round(DType type, double v) {
    return switch (type) {
      case F32 -> (float) v;
      case F16 -> Half.toFloat(Half.fromDouble(v));
      case BF16 -> Float.intBitsToFloat(Half.bfloatFromDouble(v) << 16);
      default -> v;
    };
  }

  /** Cast of a float to an integer type or bool. */
  public static long toInteger(DType to, double v) {
    if (to == DType.BOOL) {
      return v != 0 ? 1 : 0;
    }
    if (to == DType.U64) {
      return v >= 0x1p64
          ? -1
          : v >= 0x1p63 ? (long) (v - 0x1p63) + Long.MIN_VALUE : v > 0 ? (long) v : 0;
    }
    if (to == DType.I64) {
      return (long) v;
    }
    return (long) Math.max(to.lowest(), Math.min(to.highest(), (double) (long) v));
  }

  /** Cast of an integer or bool to a float type, rounded once. */
  public static double toFloat(DType from, DType to, long v) {
    boolean high = from == DType.U64 && v < 0;
    // Half of a high u64 with its lowest bit kept sticky rounds as the whole would.
    long half = v >>> 1 | v & 1;
    if (to == DType.F32) {
      return high ? (float) half * 2f : (float) v;
    }
    return round(to, high ? half * 2.0 : v);
  }
}
