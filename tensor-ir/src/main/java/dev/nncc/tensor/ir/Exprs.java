package dev.nncc.tensor.ir;

import dev.nncc.graph.DType;
import dev.nncc.graph.Half;
import dev.nncc.tensor.ir.Expr.Bin;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Expr.Call;
import dev.nncc.tensor.ir.Expr.Cast;
import dev.nncc.tensor.ir.Expr.Const;
import dev.nncc.tensor.ir.Expr.Load;
import dev.nncc.tensor.ir.Expr.Select;
import dev.nncc.tensor.ir.Expr.Var;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** Builders and small queries of expressions. */
public final class Exprs {
  private Exprs() {}

  /** An index constant. */
  public static Const index(long v) {
    return new Const(DType.I64, v);
  }

  /** A loop variable. */
  public static Var var(String name) {
    return new Var(name, DType.I64);
  }

  /** A number rounded to the type. */
  public static Const number(DType type, double v) {
    return switch (type) {
      case F64 -> new Const(type, v);
      case F32 -> new Const(type, (double) (float) v);
      case F16 -> new Const(type, (double) Half.toFloat(Half.fromDouble(v)));
      case BF16 -> new Const(type, (double) Float.intBitsToFloat(Half.bfloatFromDouble(v) << 16));
      case BOOL -> new Const(type, v != 0 ? 1L : 0L);
      default -> new Const(type, (long) v);
    };
  }

  public static Expr add(Expr a, Expr b) {
    return new Bin(BinOp.ADD, a, b);
  }

  public static Expr sub(Expr a, Expr b) {
    return new Bin(BinOp.SUB, a, b);
  }

  public static Expr mul(Expr a, Expr b) {
    return new Bin(BinOp.MUL, a, b);
  }

  public static Expr floorDiv(Expr a, long b) {
    return b == 1 ? a : new Bin(BinOp.FLOORDIV, a, index(b));
  }

  public static Expr mod(Expr a, long b) {
    return b == 1 ? index(0) : new Bin(BinOp.MOD, a, index(b));
  }

  public static Expr min(Expr a, Expr b) {
    return new Bin(BinOp.MIN, a, b);
  }

  public static Expr max(Expr a, Expr b) {
    return new Bin(BinOp.MAX, a, b);
  }

  public static Expr lt(Expr a, Expr b) {
    return new Bin(BinOp.LT, a, b);
  }

  public static Expr and(Expr a, Expr b) {
    return new Bin(BinOp.AND, a, b);
  }

  /** Replaces a variable of any type. */
  public static Expr substitute(Expr e, String name, Expr by) {
    return e.rewrite(x -> x instanceof Var v && v.name().equals(name) ? by : x);
  }

  /** Maps a list; the same list when nothing changed. */
  public static List<Expr> map(List<Expr> list, UnaryOperator<Expr> f) {
    return mapAll(list, f);
  }

  /** Maps a list of anything; the same list when all elements are the very same. */
  static <T> List<T> mapAll(List<T> list, UnaryOperator<T> f) {
    List<T> out = list;
    for (int i = 0; i < list.size(); i++) {
      T x = f.apply(list.get(i));
      if (x != list.get(i)) {
        out = out == list ? new ArrayList<>(list) : out;
        out.set(i, x);
      }
    }
    return out == list ? list : List.copyOf(out);
  }

  /** Whether a variable occurs. */
  public static boolean mentions(Expr e, String name) {
    return any(e, x -> x instanceof Var v && v.name().equals(name));
  }

  /** Whether the predicate holds of some node, looked at from the top. */
  public static boolean any(Expr e, Predicate<Expr> p) {
    if (p.test(e)) {
      return true;
    }
    if (e instanceof Bin b) {
      return any(b.a(), p) || any(b.b(), p);
    }
    if (e instanceof Load l) {
      return any(l.index(), p);
    }
    if (e instanceof Select s) {
      return any(s.condition(), p) || any(s.yes(), p) || any(s.no(), p);
    }
    return e instanceof Cast c ? any(c.e(), p) : e instanceof Call f && any(f.a(), p);
  }

  private static boolean any(List<Expr> list, Predicate<Expr> p) {
    for (Expr e : list) {
      if (any(e, p)) {
        return true;
      }
    }
    return false;
  }

  /** The value v with op(v, x) = x. */
  public static Expr identity(BinOp op, DType t) {
    double lowest =
        t.isFloat() ? Double.NEGATIVE_INFINITY : t.isSigned() ? -Math.pow(2, 8 * t.bytes() - 1) : 0;
    double highest =
        t.isFloat()
            ? Double.POSITIVE_INFINITY
            : t == DType.BOOL ? 1 : Math.pow(2, 8 * t.bytes() - (t.isSigned() ? 1 : 0)) - 1;
    return switch (op) {
      case ADD, OR, XOR -> number(t, 0);
      case MUL -> number(t, 1);
      case MAX -> number(t, lowest);
      case MIN -> t == DType.U64 ? new Expr.Const(t, -1L) : number(t, highest);
      case AND -> t == DType.BOOL ? number(t, 1) : new Expr.Const(t, -1L);
      default -> throw new IllegalArgumentException(op + " does not reduce");
    };
  }
}
