package dev.nncc.codegen.llvm.emit;

import dev.nncc.graph.DType;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Expr.Fn;
import java.util.Locale;

/** Functions of one operand on values of any type. */
final class Functions {
  private final Code code;
  private final Arith arith;
  private final Polynomials polynomials;

  Functions(Code code, Arith arith, Target target) {
    this.code = code;
    this.arith = arith;
    this.polynomials = new Polynomials(code, target);
  }

  Val call(Fn fn, Val a) {
    DType t = a.type();
    if (fn == Fn.NOT) {
      return arith.not(a);
    }
    if (!t.isFloat()) {
      return ofIntegers(fn, a);
    }
    if (t == DType.F16 || t == DType.BF16) {
      Val r = call(fn, new Val(a.ssa(), DType.F32, a.lanes()));
      return r.type() == DType.BOOL ? r : new Val(r.ssa(), t, r.lanes());
    }
    return ofFloats(fn, a);
  }

  private Val ofIntegers(Fn fn, Val a) {
    switch (fn) {
      case NEG:
        return arith.negated(a);
      case ABS:
        return a.type() == DType.BOOL || !a.type().isSigned() ? a : absolute(a);
      case FLOOR, CEIL, ROUND:
        return a;
      case IS_NAN, IS_INF:
        return code.splat(code.literal(DType.BOOL, 0L), a.lanes());
      default:
        throw new EmitException(fn + " of " + a.type().text());
    }
  }

  private Val absolute(Val a) {
    String suffix = Spelling.suffix(Spelling.value(a.type()), a.lanes());
    code.declare(a.llvm() + " @llvm.abs." + suffix + "(" + a.llvm() + ", i1)");
    return code.op(
        a.type(), a.lanes(), "call " + a.llvm() + " @llvm.abs." + suffix + "(" + a + ", i1 false)");
  }

  private Val ofFloats(Fn fn, Val a) {
    switch (fn) {
      case NEG:
        return arith.negated(a);
      case ABS:
        return code.intrinsic("fabs", a);
      case SQRT:
        return code.intrinsic("sqrt", a);
      case FLOOR:
        return code.intrinsic("floor", a);
      case CEIL:
        return code.intrinsic("ceil", a);
      case ROUND:
        return code.intrinsic("roundeven", a);
      case IS_NAN:
        return code.op(DType.BOOL, a.lanes(), "fcmp uno " + a + ", " + a.ssa());
      case IS_INF:
        Val inf = code.splat(code.literal(a.type(), Double.POSITIVE_INFINITY), a.lanes());
        Val m = code.intrinsic("fabs", a);
        return code.op(DType.BOOL, a.lanes(), "fcmp oeq " + m + ", " + inf.ssa());
      case SIGMOID:
        return a.type() == DType.F32 ? polynomials.sigmoid(a) : sigmoidOfDoubles(a);
      case EXP, LOG, TANH, ERF:
        return a.type() == DType.F32 ? polynomial(fn, a) : library(fn, a);
      default:
        return library(fn, a);
    }
  }

  private Val polynomial(Fn fn, Val a) {
    return switch (fn) {
      case EXP -> polynomials.exp(a);
      case LOG -> polynomials.log(a);
      case TANH -> polynomials.tanh(a);
      default -> polynomials.erf(a);
    };
  }

  private Val library(Fn fn, Val a) {
    String name = fn.name().toLowerCase(Locale.ROOT);
    return arith.lanewise(a.type() == DType.F64 ? name : name + "f", a);
  }

  /** The smaller of e^x and 1 over 1 + e^-|x|: neither part overflows. */
  private Val sigmoidOfDoubles(Val a) {
    Val one = code.splat(code.literal(a.type(), 1.0), a.lanes());
    Val zero = code.splat(code.literal(a.type(), 0.0), a.lanes());
    Val e = library(Fn.EXP, arith.negated(code.intrinsic("fabs", a)));
    Val below = code.op(DType.BOOL, a.lanes(), "fcmp olt " + a + ", " + zero.ssa());
    return arith.bin(BinOp.DIV, arith.select(below, e, one), arith.bin(BinOp.ADD, one, e));
  }
}
