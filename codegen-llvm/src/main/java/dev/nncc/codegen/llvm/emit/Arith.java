package dev.nncc.codegen.llvm.emit;

import dev.nncc.graph.DType;
import dev.nncc.tensor.ir.Expr.BinOp;
import java.util.Locale;
import java.util.Optional;

/** Operators on values of any type and lane count. */
final class Arith {
  private final Code code;
  private final Integers integers;
  private final Powers powers;

  Arith(Code code) {
    this.code = code;
    this.integers = new Integers(code);
    this.powers = new Powers(code);
  }

  /** Both operands have one type; the result has the lanes of the wider one. */
  Val bin(BinOp op, Val x, Val y) {
    int n = Math.max(x.lanes(), y.lanes());
    Val a = code.splat(x, n);
    Val b = code.splat(y, n);
    if (op.isComparison()) {
      return compare(op, a, b);
    }
    if (a.type().isFloat()) {
      return floats(op, a, b);
    }
    return a.type() == DType.BOOL ? bools(op, a, b) : integers.bin(op, a, b, constant(y));
  }

  static Optional<Long> constant(Val v) {
    return v.type().isInteger() && v.isLiteral() && v.lanes() == 1
        ? Optional.of(Long.parseLong(v.ssa()))
        : Optional.empty();
  }

  private Val compare(BinOp op, Val a, Val b) {
    DType t = a.type();
    String relation = op == BinOp.LT ? "lt" : op == BinOp.LE ? "le" : "eq";
    String what =
        t.isFloat()
            ? "fcmp o" + relation
            : op == BinOp.EQ ? "icmp eq" : "icmp " + (t.isSigned() ? "s" : "u") + relation;
    return code.op(DType.BOOL, a.lanes(), what + " " + a + ", " + b.ssa());
  }

  private Val floats(BinOp op, Val a, Val b) {
    return switch (op) {
      case ADD -> plain("fadd", a, b);
      case SUB -> plain("fsub", a, b);
      case MUL -> plain("fmul", a, b);
      case DIV -> plain("fdiv", a, b);
      case REM -> plain("frem", a, b);
      case FLOORDIV -> code.intrinsic("floor", plain("fdiv", a, b));
      case MOD -> floatMod(a, b);
      case MIN, MAX -> minMax(op, a, b, false);
      case POW -> power(a, b);
      default -> throw new EmitException(op + " of floats");
    };
  }

  /** The remainder with the sign of the divisor. */
  private Val floatMod(Val a, Val b) {
    Val r = plain("frem", a, b);
    Val zero = code.splat(code.literal(a.type(), 0.0), a.lanes());
    Val some = code.op(DType.BOOL, a.lanes(), "fcmp une " + r + ", " + zero.ssa());
    Val rNegative = code.op(DType.BOOL, a.lanes(), "fcmp olt " + r + ", " + zero.ssa());
    Val bNegative = code.op(DType.BOOL, a.lanes(), "fcmp olt " + b + ", " + zero.ssa());
    Val differ = bools(BinOp.XOR, rNegative, bNegative);
    return select(bools(BinOp.AND, some, differ), plain("fadd", r, b), r);
  }

  private Val power(Val a, Val b) {
    if (a.type() == DType.F64) {
      return lanewise("pow", a, b);
    }
    Val p = powers.pow(as(DType.F32, a), as(DType.F32, b));
    return as(a.type(), p);
  }

  private static Val as(DType t, Val v) {
    return new Val(v.ssa(), t, v.lanes());
  }

  private Val plain(String op, Val a, Val b) {
    return code.op(a.type(), a.lanes(), op + " " + a + ", " + b.ssa());
  }

  /**
   * {@code a > b ? a : b} is one {@code vmaxps}, which gives its second operand when either is NaN:
   * enough when the first is known to be a number. Otherwise a NaN in the first is put back.
   */
  Val minMax(BinOp op, Val x, Val y, boolean firstIsNumber) {
    int n = Math.max(x.lanes(), y.lanes());
    boolean swap = y.isLiteral() && isNumber(y);
    Val a = code.splat(swap ? y : x, n);
    Val b = code.splat(swap ? x : y, n);
    String relation = op == BinOp.MAX ? "ogt" : "olt";
    Val c = code.op(DType.BOOL, n, "fcmp " + relation + " " + a + ", " + b.ssa());
    Val m = select(c, a, b);
    if (firstIsNumber && !swap || isNumber(a)) {
      return m;
    }
    Val bad = code.op(DType.BOOL, n, "fcmp uno " + a + ", " + a.ssa());
    return select(bad, a, m);
  }

  /** A literal that is not NaN; text of NaN starts with 0x7FF8 or 0xFFF8. */
  private static boolean isNumber(Val v) {
    return !v.ssa().startsWith("%")
        && !v.ssa().contains("0x7FF8")
        && !v.ssa().contains("0xFFF8")
        && !v.ssa().contains("poison");
  }

  private Val bools(BinOp op, Val a, Val b) {
    return switch (op) {
      case AND, MUL, MIN -> plain("and", a, b);
      case OR, ADD, MAX -> plain("or", a, b);
      case XOR, SUB -> plain("xor", a, b);
      default -> throw new EmitException(op + " of bools");
    };
  }

  /** {@code a*b + c}, rounded once where the CPU can. */
  Val fma(Val x, Val y, Val z) {
    int n = Math.max(x.lanes(), Math.max(y.lanes(), z.lanes()));
    return code.intrinsic("fmuladd", code.splat(x, n), code.splat(y, n), code.splat(z, n));
  }

  Val negated(Val v) {
    return v.type().isFloat()
        ? code.op(v.type(), v.lanes(), "fneg " + v)
        : bin(BinOp.SUB, code.literal(v.type(), 0L), v);
  }

  Val select(Val c, Val x, Val y) {
    int n = Math.max(c.lanes(), Math.max(x.lanes(), y.lanes()));
    Val a = code.splat(x, n);
    Val b = code.splat(y, n);
    // A scalar condition chooses whole vectors.
    return code.op(a.type(), n, "select " + c + ", " + a + ", " + b);
  }

  Val not(Val v) {
    Val ones = v.type() == DType.BOOL ? code.literal(DType.BOOL, 1L) : code.literal(v.type(), -1L);
    return plain("xor", v, code.splat(ones, v.lanes()));
  }

  /** A function of the C library, once a lane. */
  Val lanewise(String function, Val... args) {
    int n = args[0].lanes();
    if (n == 1) {
      return code.call(function, args[0].type(), 1, args);
    }
    Val all = new Val("poison", args[0].type(), n);
    for (int i = 0; i < n; i++) {
      Val[] lane = new Val[args.length];
      for (int k = 0; k < args.length; k++) {
        lane[k] = code.extract(args[k], i);
      }
      all = code.insert(all, code.call(function, args[0].type(), 1, lane), i);
    }
    return all;
  }

  /** All lanes into one; the order is free. */
  Val horizontal(BinOp op, Val v) {
    if (v.lanes() == 1) {
      return v;
    }
    DType t = v.type();
    if (t.isFloat()) {
      return op == BinOp.ADD || op == BinOp.MUL ? floatReduction(op, v) : tree(op, v);
    }
    BinOp known =
        t != DType.BOOL
            ? op
            : op == BinOp.ADD || op == BinOp.MAX
                ? BinOp.OR
                : op == BinOp.MUL || op == BinOp.MIN ? BinOp.AND : op;
    String sign = known == BinOp.MAX || known == BinOp.MIN ? t.isSigned() ? "s" : "u" : "";
    String name =
        "llvm.vector.reduce."
            + sign
            + known.name().toLowerCase(Locale.ROOT)
            + "."
            + Spelling.suffix(Spelling.value(t), v.lanes());
    return code.call(name, t, 1, v);
  }

  private Val floatReduction(BinOp op, Val v) {
    String element = Spelling.value(v.type());
    String name =
        "llvm.vector.reduce.f"
            + op.name().toLowerCase(Locale.ROOT)
            + "."
            + Spelling.suffix(element, v.lanes());
    Val start = code.literal(v.type(), op == BinOp.ADD ? -0.0 : 1.0);
    code.declare(element + " @" + name + "(" + element + ", " + v.llvm() + ")");
    return code.op(
        v.type(), 1, "call reassoc " + element + " @" + name + "(" + start + ", " + v + ")");
  }

  /** Halves against each other: keeps NaN, where the intrinsics are slow or drop it. */
  private Val tree(BinOp op, Val v) {
    Val x = v;
    while (x.lanes() > 1 && x.lanes() % 2 == 0) {
      int h = x.lanes() / 2;
      x = minMax(op, part(x, 0, h), part(x, h, h), false);
    }
    Val sum = code.extract(x, 0);
    for (int i = 1; i < x.lanes(); i++) {
      sum = minMax(op, sum, code.extract(x, i), false);
    }
    return sum;
  }

  private Val part(Val v, int from, int lanes) {
    if (lanes == 1) {
      return code.extract(v, from);
    }
    StringBuilder order = new StringBuilder();
    for (int i = 0; i < lanes; i++) {
      order.append(i == 0 ? "" : ", ").append("i32 ").append(from + i);
    }
    return code.op(
        v.type(),
        lanes,
        "shufflevector " + v + ", " + v.llvm() + " poison, <" + lanes + " x i32> <" + order + ">");
  }
}
