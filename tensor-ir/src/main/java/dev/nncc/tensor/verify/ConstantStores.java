package dev.nncc.tensor.verify;

import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Stmt;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** Runs loops that store constants, one store after the other. */
final class ConstantStores {
  /** The element at a position, relative to the buffer's address, gets a value. */
  interface Sink {
    void store(long position, double value);
  }

  private ConstantStores() {}

  static void each(Stmt s, Sink sink) {
    each(s, new LinkedHashMap<>(), sink);
  }

  private static void each(Stmt s, Map<String, Long> loops, Sink sink) {
    if (s instanceof Stmt.Block b) {
      b.statements().forEach(x -> each(x, loops, sink));
    } else if (s instanceof Stmt.For f) {
      for (long i = 0; i < f.trip(); i++) {
        loops.put(f.var(), i);
        each(f.body(), loops, sink);
      }
    } else if (s instanceof Stmt.Store t && t.value() instanceof Expr.Const c) {
      Buffer b = t.buffer();
      long at = b.offset();
      for (int d = 0; d < b.rank(); d++) {
        long i = integer(t.index().get(d), loops);
        if (i < -b.lo().get(d) || i >= b.shape().get(d) + b.hi().get(d)) {
          throw new IllegalStateException("index " + i + " of dimension " + d + " of " + b.name());
        }
        at += i * b.strides().get(d);
      }
      sink.store(at, c.number());
    } else {
      throw new IllegalStateException("not a store of a constant: " + s);
    }
  }

  private static long integer(Expr e, Map<String, Long> loops) {
    if (e instanceof Expr.Const c) {
      return c.integer();
    }
    if (e instanceof Expr.Var v) {
      return Objects.requireNonNull(loops.get(v.name()));
    }
    if (e instanceof Expr.Bin b && b.op() == Expr.BinOp.ADD) {
      return integer(b.a(), loops) + integer(b.b(), loops);
    }
    throw new IllegalStateException("not a sum of loop variables: " + e);
  }
}
