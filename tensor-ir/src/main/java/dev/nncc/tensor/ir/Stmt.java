package dev.nncc.tensor.ir;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * A statement of a loop nest. Trees are immutable and compared by value; loop names are unique on
 * any path from the root.
 */
public sealed interface Stmt
    permits Stmt.Block,
        Stmt.For,
        Stmt.If,
        Stmt.Let,
        Stmt.Alloc,
        Stmt.Store,
        Stmt.Update,
        Reduce,
        Stmt.Prefetch {
  <R> R accept(Visitor<R> v);

  /**
   * The same node over mapped sub-statements and expressions (not deeper); this object when nothing
   * changed.
   */
  Stmt mapChildren(UnaryOperator<Stmt> s, UnaryOperator<Expr> e);

  /** The same node over mapped sub-statements; one that has none is itself. */
  default Stmt mapStatements(UnaryOperator<Stmt> f) {
    return mapChildren(f, e -> e);
  }

  /** Bottom-up rewriting of statements. */
  default Stmt rewrite(UnaryOperator<Stmt> f) {
    return f.apply(mapStatements(s -> s.rewrite(f)));
  }

  /** Bottom-up rewriting of all expressions below. */
  default Stmt rewriteExprs(UnaryOperator<Expr> f) {
    return mapChildren(s -> s.rewriteExprs(f), e -> e.rewrite(f));
  }

  interface Visitor<R> {
    R onBlock(Block s);

    R onFor(For s);

    R onIf(If s);

    R onLet(Let s);

    R onAlloc(Alloc s);

    R onStore(Store s);

    R onUpdate(Update s);

    R onReduce(Reduce s);

    R onPrefetch(Prefetch s);
  }

  /** Statements in order. */
  record Block(List<Stmt> statements) implements Stmt {
    public Block {
      statements = List.copyOf(statements);
    }

    /** One statement stays itself; nested blocks are flattened. */
    public static Stmt of(List<Stmt> statements) {
      List<Stmt> flat = new ArrayList<>();
      for (Stmt s : statements) {
        if (s instanceof Block b) {
          flat.addAll(b.statements());
        } else {
          flat.add(s);
        }
      }
      return flat.size() == 1 ? flat.get(0) : new Block(flat);
    }

    @Override
    public Stmt mapChildren(UnaryOperator<Stmt> s, UnaryOperator<Expr> e) {
      List<Stmt> out = new ArrayList<>();
      boolean changed = false;
      for (Stmt x : statements) {
        Stmt y = s.apply(x);
        changed |= y != x;
        out.add(y);
      }
      return changed ? new Block(out) : this;
    }

    @Override
    public <R> R accept(Visitor<R> v) {
      return v.onBlock(this);
    }
  }

  enum Kind {
    /** Order is free where the dependences allow it. */
    FOR,
    /** A recurrence over time: the order is kept. */
    SCAN,
    /** Split over workers; the one outermost loop of a kernel. */
    PAR,
    /** Expanded by the emitter. */
    UNROLL,
    /** Widened to vector lanes by the emitter. */
    VEC
  }

  /**
   * {@code var} runs from 0 to {@code extent - 1}. The extent is a constant or an expression of
   * kernel dimensions.
   */
  record For(String var, Expr extent, Kind kind, Stmt body) implements Stmt {
    public static For of(String var, long extent, Stmt body) {
      return new For(var, Exprs.index(extent), Kind.FOR, body);
    }

    public boolean isConstant() {
      return extent instanceof Expr.Const;
    }

    /** The constant extent. */
    public long trip() {
      if (extent instanceof Expr.Const c) {
        return c.integer();
      }
      throw new IllegalStateException("loop " + var + " has no constant extent");
    }

    public For with(Stmt newBody) {
      return newBody == body ? this : new For(var, extent, kind, newBody);
    }

    public For with(Kind newKind) {
      return newKind == kind ? this : new For(var, extent, newKind, body);
    }

    @Override
    public Stmt mapChildren(UnaryOperator<Stmt> s, UnaryOperator<Expr> e) {
      Expr n = e.apply(extent);
      Stmt b = s.apply(body);
      return n == extent && b == body ? this : new For(var, n, kind, b);
    }

    @Override
    public <R> R accept(Visitor<R> v) {
      return v.onFor(this);
    }
  }

  /**
   * A uniform branch; a condition on a vector variable is a mask on the loads, stores and updates
   * inside.
   */
  record If(Expr condition, Stmt yes, Optional<Stmt> no) implements Stmt {
    @Override
    public Stmt mapChildren(UnaryOperator<Stmt> s, UnaryOperator<Expr> e) {
      Expr c = e.apply(condition);
      Stmt y = s.apply(yes);
      Optional<Stmt> n = no.map(s);
      boolean same =
          c == condition && y == yes && (n.isEmpty() || no.isPresent() && n.get() == no.get());
      return same ? this : new If(c, y, n);
    }

    @Override
    public <R> R accept(Visitor<R> v) {
      return v.onIf(this);
    }
  }

  /** A scalar (inside a vector loop: one value a lane) evaluated once. */
  record Let(String name, Expr value, Stmt body) implements Stmt {
    @Override
    public Stmt mapChildren(UnaryOperator<Stmt> s, UnaryOperator<Expr> e) {
      Expr x = e.apply(value);
      Stmt b = s.apply(body);
      return x == value && b == body ? this : new Let(name, x, b);
    }

    @Override
    public <R> R accept(Visitor<R> v) {
      return v.onLet(this);
    }
  }

  /**
   * A local, register or table buffer that lives in the body; undefined at first (the interpreter
   * fills NaN).
   */
  record Alloc(Buffer buffer, Stmt body) implements Stmt {
    @Override
    public Stmt mapChildren(UnaryOperator<Stmt> s, UnaryOperator<Expr> e) {
      Stmt b = s.apply(body);
      return b == body ? this : new Alloc(buffer, b);
    }

    @Override
    public <R> R accept(Visitor<R> v) {
      return v.onAlloc(this);
    }
  }

  record Store(Buffer buffer, List<Expr> index, Expr value) implements Stmt {
    public Store {
      index = List.copyOf(index);
      if (buffer.type() != value.type()) {
        throw new IllegalArgumentException("store of " + value.type() + " into " + buffer.name());
      }
    }

    @Override
    public Stmt mapStatements(UnaryOperator<Stmt> f) {
      return this;
    }

    @Override
    public Stmt mapChildren(UnaryOperator<Stmt> s, UnaryOperator<Expr> e) {
      List<Expr> i = Exprs.map(index, e);
      Expr x = e.apply(value);
      return i == index && x == value ? this : new Store(buffer, i, x);
    }

    @Override
    public <R> R accept(Visitor<R> v) {
      return v.onStore(this);
    }
  }

  /**
   * {@code buffer[index] = op(buffer[index], value)}, op associative and commutative (ADD MUL MIN
   * MAX AND OR XOR): the order of updates of one element is free.
   */
  record Update(Buffer buffer, List<Expr> index, Expr.BinOp op, Expr value) implements Stmt {
    public Update {
      index = List.copyOf(index);
      if (buffer.type() != value.type()) {
        throw new IllegalArgumentException("update of " + buffer.name() + " with " + value.type());
      }
    }

    @Override
    public Stmt mapStatements(UnaryOperator<Stmt> f) {
      return this;
    }

    @Override
    public Stmt mapChildren(UnaryOperator<Stmt> s, UnaryOperator<Expr> e) {
      List<Expr> i = Exprs.map(index, e);
      Expr x = e.apply(value);
      return i == index && x == value ? this : new Update(buffer, i, op, x);
    }

    @Override
    public <R> R accept(Visitor<R> v) {
      return v.onUpdate(this);
    }
  }

  /**
   * A hint that the line holding {@code buffer[index]} will be needed at a cache level (1, 2); may
   * address anything.
   */
  record Prefetch(Buffer buffer, List<Expr> index, int level) implements Stmt {
    public Prefetch {
      index = List.copyOf(index);
    }

    @Override
    public Stmt mapStatements(UnaryOperator<Stmt> f) {
      return this;
    }

    @Override
    public Stmt mapChildren(UnaryOperator<Stmt> s, UnaryOperator<Expr> e) {
      List<Expr> i = Exprs.map(index, e);
      return i == index ? this : new Prefetch(buffer, i, level);
    }

    @Override
    public <R> R accept(Visitor<R> v) {
      return v.onPrefetch(this);
    }
  }
}
