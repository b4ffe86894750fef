package dev.nncc.tensor.interp;

import dev.nncc.graph.DType;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.function.DoubleSupplier;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/** Turns statements into closures. */
final class StmtCode implements Stmt.Visitor<Runnable> {
  /** What integers of local memory hold before they are written. */
  private static final byte POISON = 0x5A;

  private final Frame frame;
  private final ExprCode exprs;
  private final Deque<Stmt.For> around = new ArrayDeque<>();

  StmtCode(Frame frame) {
    this.frame = frame;
    exprs = new ExprCode(frame);
  }

  Runnable compile(Stmt s) {
    return s.accept(this);
  }

  /** Writes an expression's value to an element. */
  static Runnable store(ExprCode exprs, Memory m, IntSupplier at, Expr value) {
    if (m.type().isFloat()) {
      DoubleSupplier v = exprs.number(value);
      return () -> m.setFloat(at.getAsInt(), v.getAsDouble());
    }
    LongSupplier v = exprs.integer(value);
    return () -> m.setInteger(at.getAsInt(), v.getAsLong());
  }

  @Override
  public Runnable onBlock(Stmt.Block s) {
    Runnable[] all = s.statements().stream().map(this::compile).toArray(Runnable[]::new);
    return () -> {
      for (Runnable r : all) {
        r.run();
      }
    };
  }

  @Override
  public Runnable onFor(Stmt.For s) {
    Frame.Cell c = frame.cell(s.var(), DType.I64);
    long n = frame.extent(s.extent());
    around.addLast(s);
    Runnable body = compile(s.body());
    around.removeLast();
    if (s.kind() == Kind.PAR) {
      return parallel(c, n, body);
    }
    return () -> {
      for (long i = 0; i < n; i++) {
        c.l = i;
        body.run();
      }
    };
  }

  private Runnable parallel(Frame.Cell c, long n, Runnable body) {
    long lo = frame.lo;
    int count = (int) (Math.min(n, frame.hi) - lo);
    return () -> {
      int[] order = new int[Math.max(0, count)];
      for (int i = 0; i < order.length; i++) {
        int j = frame.order.nextInt(i + 1);
        order[i] = order[j];
        order[j] = i;
      }
      for (int i : order) {
        c.l = lo + i;
        body.run();
      }
    };
  }

  @Override
  public Runnable onIf(Stmt.If s) {
    LongSupplier c = exprs.integer(s.condition());
    Runnable yes = compile(s.yes());
    Runnable no = s.no().map(this::compile).orElse(() -> {});
    return () -> {
      if (c.getAsLong() != 0) {
        yes.run();
      } else {
        no.run();
      }
    };
  }

  @Override
  public Runnable onLet(Stmt.Let s) {
    Frame.Cell c = frame.cell(s.name(), s.value().type());
    Runnable set = set(c, s.value());
    Runnable body = compile(s.body());
    return () -> {
      set.run();
      body.run();
    };
  }

  private Runnable set(Frame.Cell c, Expr value) {
    if (value.type().isFloat()) {
      DoubleSupplier v = exprs.number(value);
      return () -> c.d = v.getAsDouble();
    }
    LongSupplier v = exprs.integer(value);
    return () -> c.l = v.getAsLong();
  }

  @Override
  public Runnable onAlloc(Stmt.Alloc s) {
    Buffer b = s.buffer();
    Memory m = Memory.allocate(b);
    frame.bind(b, m);
    Runnable body = compile(s.body());
    return () -> {
      for (int i = 0; i < m.size(); i++) {
        if (b.type().isFloat()) {
          m.setFloat(i, b.space() == Space.CONST ? b.values().get(i) : Double.NaN);
        } else if (b.space() == Space.CONST) {
          m.setInteger(i, b.values().get(i).longValue());
        } else {
          m.setInteger(i, POISON);
        }
      }
      body.run();
    };
  }

  @Override
  public Runnable onStore(Stmt.Store s) {
    return store(exprs, frame.memory(s.buffer()), exprs.position(s.buffer(), s.index()), s.value());
  }

  @Override
  public Runnable onUpdate(Stmt.Update s) {
    Memory m = frame.memory(s.buffer());
    IntSupplier at = exprs.position(s.buffer(), s.index());
    DType t = s.buffer().type();
    if (t.isFloat()) {
      DoubleSupplier v = exprs.number(s.value());
      return () -> {
        int p = at.getAsInt();
        m.setFloat(p, Arithmetic.floats(s.op(), t, m.number(p), v.getAsDouble()));
      };
    }
    LongSupplier v = exprs.integer(s.value());
    return () -> {
      int p = at.getAsInt();
      m.setInteger(p, Arithmetic.integers(s.op(), t, m.integer(p), v.getAsLong()));
    };
  }

  @Override
  public Runnable onReduce(Reduce s) {
    return new ReduceCode(frame, exprs, s, new ArrayList<>(around)).compile();
  }

  @Override
  public Runnable onPrefetch(Stmt.Prefetch s) {
    return () -> {};
  }
}
