package dev.nncc.tensor.interp;

import dev.nncc.graph.DType;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Expr.Fn;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/** Turns expressions into closures. */
final class ExprCode implements Expr.Visitor<ExprCode.Code> {
  /** The evaluation of an expression: the one its type has; the other throws. */
  record Code(LongSupplier l, DoubleSupplier d) {}

  private static final LongSupplier NO_LONG =
      () -> {
        throw new IllegalStateException("a float read as an integer");
      };
  private static final DoubleSupplier NO_DOUBLE =
      () -> {
        throw new IllegalStateException("an integer read as a float");
      };

  private final Frame frame;

  ExprCode(Frame frame) {
    this.frame = frame;
  }

  private static Code code(LongSupplier l) {
    return new Code(l, NO_DOUBLE);
  }

  private static Code code(DoubleSupplier d) {
    return new Code(NO_LONG, d);
  }

  LongSupplier integer(Expr e) {
    return e.accept(this).l;
  }

  DoubleSupplier number(Expr e) {
    return e.accept(this).d;
  }

  /** The position of an element, checked. */
  IntSupplier position(Buffer b, List<Expr> index) {
    if (index.size() != b.rank()) {
      throw new IllegalArgumentException(b.name() + " has " + b.rank() + " dimensions");
    }
    int n = index.size();
    LongSupplier[] at = index.stream().map(this::integer).toArray(LongSupplier[]::new);
    long[] low = new long[n];
    long[] end = new long[n];
    long[] stride = new long[n];
    for (int d = 0; d < n; d++) {
      low[d] = -b.lo().get(d);
      end[d] = b.shape().get(d) + b.hi().get(d);
      stride[d] = b.strides().get(d);
    }
    return () -> {
      long p = b.offset();
      for (int d = 0; d < n; d++) {
        long i = at[d].getAsLong();
        if (i < low[d] || i >= end[d]) {
          throw new IndexOutOfBoundsException(
              b.name()
                  + ": index "
                  + i
                  + " in dimension "
                  + d
                  + ", not in "
                  + low[d]
                  + ".."
                  + (end[d] - 1));
        }
        p += i * stride[d];
      }
      return (int) p;
    };
  }

  @Override
  public Code onConst(Expr.Const e) {
    if (e.type().isFloat()) {
      double d = e.number();
      return code((DoubleSupplier) () -> d);
    }
    long l = e.integer();
    return code((LongSupplier) () -> l);
  }

  @Override
  public Code onVar(Expr.Var e) {
    Frame.Cell c = frame.cell(e.name(), e.type());
    return e.type().isFloat() ? code((DoubleSupplier) () -> c.d) : code((LongSupplier) () -> c.l);
  }

  @Override
  public Code onLoad(Expr.Load e) {
    Memory m = frame.memory(e.buffer());
    IntSupplier p = position(e.buffer(), e.index());
    return e.type().isFloat()
        ? code((DoubleSupplier) () -> m.number(p.getAsInt()))
        : code((LongSupplier) () -> m.integer(p.getAsInt()));
  }

  @Override
  public Code onBin(Expr.Bin e) {
    DType t = e.a().type();
    BinOp op = e.op();
    if (t.isFloat()) {
      DoubleSupplier a = number(e.a());
      DoubleSupplier b = number(e.b());
      if (op.isComparison()) {
        return code(
            (LongSupplier) () -> Arithmetic.compare(op, a.getAsDouble(), b.getAsDouble()) ? 1 : 0);
      }
      if (op == BinOp.PAIR_BF16) {
        return code((LongSupplier) () -> Arithmetic.pairOfBf16(a.getAsDouble(), b.getAsDouble()));
      }
      return code(
          (DoubleSupplier) () -> Arithmetic.floats(op, t, a.getAsDouble(), b.getAsDouble()));
    }
    LongSupplier a = integer(e.a());
    LongSupplier b = integer(e.b());
    if (op == BinOp.DOT_BF16) {
      return code(
          (DoubleSupplier) () -> Arithmetic.dotOfBf16((int) a.getAsLong(), (int) b.getAsLong()));
    }
    if (t == DType.I64 && op == BinOp.ADD) {
      return code((LongSupplier) () -> a.getAsLong() + b.getAsLong());
    }
    if (t == DType.I64 && op == BinOp.MUL) {
      return code((LongSupplier) () -> a.getAsLong() * b.getAsLong());
    }
    return code((LongSupplier) () -> Arithmetic.integers(op, t, a.getAsLong(), b.getAsLong()));
  }

  @Override
  public Code onSelect(Expr.Select e) {
    LongSupplier c = integer(e.condition());
    if (e.type().isFloat()) {
      DoubleSupplier y = number(e.yes());
      DoubleSupplier n = number(e.no());
      return code(
          (DoubleSupplier)
              () -> {
                double a = y.getAsDouble();
                double b = n.getAsDouble();
                return c.getAsLong() != 0 ? a : b;
              });
    }
    LongSupplier y = integer(e.yes());
    LongSupplier n = integer(e.no());
    return code(
        (LongSupplier)
            () -> {
              long a = y.getAsLong();
              long b = n.getAsLong();
              return c.getAsLong() != 0 ? a : b;
            });
  }

  @Override
  public Code onCast(Expr.Cast e) {
    DType from = e.e().type();
    DType to = e.type();
    if (from.isFloat()) {
      DoubleSupplier x = number(e.e());
      return to.isFloat()
          ? code((DoubleSupplier) () -> Arithmetic.round(to, x.getAsDouble()))
          : code((LongSupplier) () -> Arithmetic.toInteger(to, x.getAsDouble()));
    }
    LongSupplier x = integer(e.e());
    return to.isFloat()
        ? code((DoubleSupplier) () -> Arithmetic.toFloat(to, from, x.getAsLong()))
        : code((LongSupplier) () -> Arithmetic.toInteger(to, x.getAsLong()));
  }

  @Override
  public Code onCall(Expr.Call e) {
    DType t = e.a().type();
    if (!t.isFloat()) {
      LongSupplier x = integer(e.a());
      if (e.fn() == Fn.IS_NAN || e.fn() == Fn.IS_INF) {
        return code((LongSupplier) () -> 0);
      }
      return code((LongSupplier) () -> Arithmetic.integerCall(e.fn(), t, x.getAsLong()));
    }
    DoubleSupplier x = number(e.a());
    return switch (e.fn()) {
      case IS_NAN -> code((LongSupplier) () -> Double.isNaN(x.getAsDouble()) ? 1 : 0);
      case IS_INF -> code((LongSupplier) () -> Double.isInfinite(x.getAsDouble()) ? 1 : 0);
      default -> code((DoubleSupplier) () -> Arithmetic.call(e.fn(), t, x.getAsDouble()));
    };
  }
}
