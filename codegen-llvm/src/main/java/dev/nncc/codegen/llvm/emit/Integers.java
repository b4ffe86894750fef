package dev.nncc.codegen.llvm.emit;

import dev.nncc.graph.DType;
import dev.nncc.tensor.ir.Expr.BinOp;
import java.util.Optional;

/** Integer operators; none of them traps or is undefined for any operand. */
final class Integers {
  private final Code code;

  Integers(Code code) {
    this.code = code;
  }

  /**
   * @param divisor the second operand, where it is known
   */
  Val bin(BinOp op, Val a, Val b, Optional<Long> divisor) {
    String sign = a.type().isSigned() ? "s" : "u";
    return switch (op) {
      case ADD -> plain("add", a, b);
      case SUB -> plain("sub", a, b);
      case MUL -> plain("mul", a, b);
      case AND -> plain("and", a, b);
      case OR -> plain("or", a, b);
      case XOR -> plain("xor", a, b);
      case MIN -> code.intrinsic(sign + "min", a, b);
      case MAX -> code.intrinsic(sign + "max", a, b);
      case DIV -> quotient(a, b, divisor);
      case REM -> remainder(a, b, divisor);
      case FLOORDIV -> floored(a, b, divisor).quotient();
      case MOD -> floored(a, b, divisor).remainder();
      case SHL, SHR -> shift(op, a, b, divisor);
      case POW -> power(a, b);
      default -> throw new EmitException(op + " of integers");
    };
  }

  private Val plain(String op, Val a, Val b) {
    return code.op(a.type(), a.lanes(), op + " " + a + ", " + b.ssa());
  }

  private Val number(Val like, long v) {
    return code.splat(code.literal(like.type(), v), like.lanes());
  }

  private Val is(Val a, long v) {
    return code.op(DType.BOOL, a.lanes(), "icmp eq " + a + ", " + number(a, v).ssa());
  }

  private Val select(Val c, Val x, Val y) {
    return code.op(x.type(), x.lanes(), "select " + c + ", " + x + ", " + y);
  }

  private static boolean harmless(Optional<Long> divisor) {
    return divisor.isPresent() && divisor.get() != 0 && divisor.get() != -1;
  }

  /** Truncated; by zero 0, the lowest value by -1 wraps. */
  private Val quotient(Val a, Val b, Optional<Long> divisor) {
    boolean signed = a.type().isSigned();
    if (harmless(divisor)) {
      return plain(signed ? "sdiv" : "udiv", a, b);
    }
    Val zero = is(b, 0);
    if (!signed) {
      Val q = plain("udiv", a, select(zero, number(b, 1), b));
      return select(zero, number(b, 0), q);
    }
    Val minus = is(b, -1);
    Val odd = code.op(DType.BOOL, a.lanes(), "or " + zero + ", " + minus.ssa());
    Val q = plain("sdiv", a, select(odd, number(b, 1), b));
    Val r = select(minus, plain("sub", number(a, 0), a), q);
    return select(zero, number(b, 0), r);
  }

  /** Sign of the dividend; by zero 0. */
  private Val remainder(Val a, Val b, Optional<Long> divisor) {
    boolean signed = a.type().isSigned();
    if (harmless(divisor)) {
      return plain(signed ? "srem" : "urem", a, b);
    }
    Val odd = is(b, 0);
    if (signed) {
      odd = code.op(DType.BOOL, a.lanes(), "or " + odd + ", " + is(b, -1).ssa());
    }
    Val r = plain(signed ? "srem" : "urem", a, select(odd, number(b, 1), b));
    return select(odd, number(b, 0), r);
  }

  private record Floored(Val quotient, Val remainder) {}

  /** Rounded down: one less than truncated where the remainder's sign is not the divisor's. */
  private Floored floored(Val a, Val b, Optional<Long> divisor) {
    Val q = quotient(a, b, divisor);
    Val r = remainder(a, b, divisor);
    if (!a.type().isSigned()) {
      return new Floored(q, r);
    }
    int n = a.lanes();
    Val some = code.op(DType.BOOL, n, "icmp ne " + r + ", " + number(r, 0).ssa());
    Val signs = plain("xor", r, b);
    Val differ = code.op(DType.BOOL, n, "icmp slt " + signs + ", " + number(r, 0).ssa());
    Val fix = code.op(DType.BOOL, n, "and " + some + ", " + differ.ssa());
    return new Floored(
        select(fix, plain("sub", q, number(q, 1)), q), select(fix, plain("add", r, b), r));
  }

  /** The operands are known not to be negative, the divisor not to be zero. */
  Val unsigned(BinOp op, Val a, Val b) {
    return plain(op == BinOp.FLOORDIV || op == BinOp.DIV ? "udiv" : "urem", a, b);
  }

  /** Amounts of the width or more shift everything out. */
  private Val shift(BinOp op, Val a, Val b, Optional<Long> amount) {
    int bits = 8 * a.type().bytes();
    boolean arithmetic = op == BinOp.SHR && a.type().isSigned();
    String name = op == BinOp.SHL ? "shl" : arithmetic ? "ashr" : "lshr";
    if (amount.isPresent() && amount.get() >= 0 && amount.get() < bits) {
      return plain(name, a, b);
    }
    Val last = number(b, bits - 1);
    Val clamped = code.intrinsic("umin", b, last);
    Val shifted = plain(name, a, clamped);
    if (arithmetic) {
      return shifted;
    }
    Val inside = code.op(DType.BOOL, a.lanes(), "icmp ule " + b + ", " + last.ssa());
    return select(inside, shifted, number(a, 0));
  }

  /** Through a helper on 64 bits, once a lane. */
  private Val power(Val a, Val b) {
    String type = Spelling.value(a.type());
    boolean wide = a.type().bytes() == 8;
    String extend = a.type().isSigned() ? "sext " : "zext ";
    Val all = new Val("poison", a.type(), a.lanes());
    for (int i = 0; i < a.lanes(); i++) {
      Val x = code.extract(a, i);
      Val y = code.extract(b, i);
      String x64 = wide ? x.ssa() : code.assign(extend + x + " to i64");
      String y64 = wide ? y.ssa() : code.assign(extend + y + " to i64");
      String p =
          code.assign(
              "call i64 @nncc.ipow(i64 "
                  + x64
                  + ", i64 "
                  + y64
                  + ", i1 "
                  + a.type().isSigned()
                  + ")");
      Val v =
          wide ? new Val(p, a.type(), 1) : code.op(a.type(), 1, "trunc i64 " + p + " to " + type);
      all = a.lanes() == 1 ? v : code.insert(all, v, i);
    }
    code.require(IPOW);
    return all;
  }

  /**
   * Squares and multiplies, modulo 2^64. A negative exponent gives the truncated quotient: 0, but
   * for a base of 1 or -1; and 0 for a base of 0.
   */
  private static final String IPOW =
      """
      define internal i64 @nncc.ipow(i64 %x, i64 %n, i1 %signed) {
      entry:
        %below = icmp slt i64 %n, 0
        %negative = and i1 %below, %signed
        br i1 %negative, label %inverse, label %loop
      inverse:
        %one = icmp eq i64 %x, 1
        %minus = icmp eq i64 %x, -1
        %odd = trunc i64 %n to i1
        %sign = select i1 %odd, i64 -1, i64 1
        %m = select i1 %minus, i64 %sign, i64 0
        %i = select i1 %one, i64 1, i64 %m
        ret i64 %i
      loop:
        %k = phi i64 [ %n, %entry ], [ %k.next, %step ]
        %base = phi i64 [ %x, %entry ], [ %base.next, %step ]
        %p = phi i64 [ 1, %entry ], [ %p.next, %step ]
        %done = icmp eq i64 %k, 0
        br i1 %done, label %exit, label %step
      step:
        %bit = trunc i64 %k to i1
        %q = mul i64 %p, %base
        %p.next = select i1 %bit, i64 %q, i64 %p
        %base.next = mul i64 %base, %base
        %k.next = lshr i64 %k, 1
        br label %loop
      exit:
        ret i64 %p
      }
      """;
}
