package dev.nncc.codegen.llvm.emit;

import dev.nncc.graph.DType;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.Bin;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Expr.Cast;
import dev.nncc.tensor.ir.Expr.Load;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.ir.Stmt.Kind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * Scheduled kernels at random: outer loops around an accumulation into registers, local memory or
 * an output, or around plain stores. Their results do not depend on the order of iterations, and
 * float values stay small integers, so that every result is exact.
 */
final class RandomKernels {
  /**
   * @param guard the iterations that exist; the extent when there is no guard
   */
  private record Loop(String var, long extent, Kind kind, long guard) {}

  private final Random r;
  private final RandomExprs exprs;
  private final List<Buffer> args = new ArrayList<>();

  private RandomKernels(Random r) {
    this.r = r;
    this.exprs = new RandomExprs(r, args);
  }

  static Kernel of(long seed) {
    return new RandomKernels(new Random(seed)).kernel("random" + seed);
  }

  private Kernel kernel(String name) {
    DType t = RandomExprs.TYPES.get(r.nextInt(RandomExprs.TYPES.size()));
    List<Loop> outer = new ArrayList<>();
    for (int i = r.nextInt(3); i > 0; i--) {
      Kind kind = outer.isEmpty() && r.nextInt(3) > 0 ? Kind.PAR : Kind.FOR;
      outer.add(loop("o" + outer.size(), kind));
    }
    List<Loop> data = new ArrayList<>();
    Space space = Space.values()[r.nextInt(3)];
    for (int i = 1 + r.nextInt(2); i > 0; i--) {
      Kind kind = space == Space.REG || r.nextBoolean() ? Kind.UNROLL : Kind.FOR;
      data.add(loop("d" + data.size(), kind));
    }
    boolean vector = r.nextInt(4) > 0;
    if (vector) {
      data.set(data.size() - 1, vector("d" + (data.size() - 1)));
    }
    Stmt body = r.nextInt(3) == 0 ? map(t, outer, data) : reduction(t, space, outer, data, vector);
    for (int i = outer.size() - 1; i >= 0; i--) {
      body = around(outer.get(i), body);
    }
    return new Kernel(name, args, List.of("n"), body);
  }

  private Loop loop(String var, Kind kind) {
    long n = 1 + r.nextInt(4);
    return new Loop(var, n, kind, n);
  }

  private Loop vector(String var) {
    long n = new long[] {2, 3, 4, 5, 8, 8, 16, 16, 32}[r.nextInt(9)];
    return new Loop(var, n, Kind.VEC, r.nextBoolean() ? 1 + r.nextInt((int) n) : n);
  }

  /** A plain loop's extent is sometimes the kernel's dimension, which is 3. */
  private Stmt around(Loop l, Stmt body) {
    boolean open = l.kind == Kind.FOR && l.extent == 3;
    Expr extent = open ? Exprs.var("n") : Exprs.index(l.extent);
    Stmt inner =
        l.guard < l.extent
            ? new Stmt.If(Exprs.lt(Exprs.var(l.var), Exprs.index(l.guard)), body, Optional.empty())
            : body;
    return new For(l.var, extent, l.kind, inner);
  }

  private Stmt nest(List<Loop> loops, Stmt body) {
    Stmt s = body;
    for (int i = loops.size() - 1; i >= 0; i--) {
      s = around(loops.get(i), s);
    }
    return s;
  }

  /** A new output with an element for each combination of the loops, in a random layout. */
  private Buffer output(DType t, List<Loop> loops) {
    Buffer b = Buffer.of("out" + args.size(), t, Space.GLOBAL, shape(loops));
    if (r.nextInt(3) == 0) {
      List<Long> strides = new ArrayList<>(b.strides());
      strides.replaceAll(s -> s * 2);
      b = new Buffer(b.name(), t, b.space(), b.shape(), b.lo(), b.hi(), strides, 1, 0, List.of());
    }
    args.add(b);
    return b;
  }

  private static List<Long> shape(List<Loop> loops) {
    return loops.stream().map(Loop::extent).toList();
  }

  private static List<Expr> index(List<Loop> loops) {
    return loops.stream().<Expr>map(l -> Exprs.var(l.var)).toList();
  }

  private List<Loop> shuffled(List<Loop> a, List<Loop> b) {
    List<Loop> all = new ArrayList<>(a);
    all.addAll(b);
    Collections.shuffle(all, r);
    return all;
  }

  private Stmt map(DType t, List<Loop> outer, List<Loop> data) {
    List<Loop> all = shuffled(outer, data);
    exprs.variables(names(outer), names(data), extents(outer, data));
    List<Stmt> stores = new ArrayList<>();
    Buffer last = output(t, all);
    stores.add(new Stmt.Store(last, index(all), exprs.of(t, 3)));
    for (int i = r.nextInt(2); i > 0; i--) {
      Buffer y = output(t, all);
      stores.add(new Stmt.Store(y, index(all), exprs.of(t, 3)));
    }
    Stmt body = Stmt.Block.of(stores);
    if (r.nextBoolean()) {
      Buffer y = output(t, all);
      Stmt own = new Stmt.Store(y, index(all), new Expr.Var("z", t));
      body = new Stmt.Let("z", exprs.of(t, 2), Stmt.Block.of(List.of(body, own)));
    }
    if (r.nextBoolean()) {
      Stmt no = new Stmt.Store(last, index(all), exprs.of(t, 2));
      Optional<Stmt> other = r.nextBoolean() ? Optional.of(no) : Optional.empty();
      body = new Stmt.If(exprs.of(DType.BOOL, 2), body, other);
    }
    return nest(data, body);
  }

  private Stmt reduction(DType t, Space space, List<Loop> outer, List<Loop> data, boolean vector) {
    List<Loop> over = new ArrayList<>();
    for (int i = 1 + r.nextInt(2); i > 0; i--) {
      Kind kind = r.nextBoolean() ? Kind.UNROLL : r.nextBoolean() ? Kind.SCAN : Kind.FOR;
      over.add(loop("k" + over.size(), kind));
    }
    if (!vector && r.nextBoolean()) {
      over.set(over.size() - 1, vector("k" + (over.size() - 1)));
    }
    List<Loop> all = shuffled(outer, data);
    Buffer y = output(t, all);
    Buffer acc = space == Space.GLOBAL ? y : Buffer.of("acc", t, space, shape(data));
    List<Expr> at = space == Space.GLOBAL ? index(all) : index(data);
    BinOp op = operator(t);
    exprs.variables(names(outer), names(data), extents(outer, data));
    Stmt init = nest(data, new Stmt.Store(acc, at, start(t, op)));
    List<Loop> inner = vector ? new ArrayList<>(over) : shuffled(over, data);
    if (vector) {
      inner.addAll(r.nextInt(inner.size() + 1), data.subList(0, data.size() - 1));
      inner.add(
          r.nextInt(3) == 0 ? r.nextInt(inner.size() + 1) : inner.size(),
          data.get(data.size() - 1));
    }
    exprs.variables(names(outer), names(inner), extents(outer, inner));
    Stmt update = nest(inner, new Stmt.Update(acc, at, op, exprs.of(t, 2)));
    List<Stmt> parts = new ArrayList<>(List.of(init, update));
    if (space != Space.GLOBAL) {
      Expr v = new Load(acc, at);
      parts.add(nest(data, new Stmt.Store(y, index(all), v)));
      return new Stmt.Alloc(acc, Stmt.Block.of(parts));
    }
    return Stmt.Block.of(parts);
  }

  private Expr start(DType t, BinOp op) {
    return r.nextBoolean() && op != BinOp.MUL ? Exprs.identity(op, t) : exprs.of(t, 1);
  }

  private BinOp operator(DType t) {
    List<BinOp> ops =
        switch (t) {
          case F16, BF16 -> List.of(BinOp.MIN, BinOp.MAX);
          case F32, F64 -> List.of(BinOp.ADD, BinOp.ADD, BinOp.MIN, BinOp.MAX);
          case BOOL -> List.of(BinOp.AND, BinOp.OR, BinOp.XOR);
          default ->
              List.of(BinOp.ADD, BinOp.MUL, BinOp.MIN, BinOp.MAX, BinOp.AND, BinOp.OR, BinOp.XOR);
        };
    return ops.get(r.nextInt(ops.size()));
  }

  private static List<String> names(List<Loop> loops) {
    return loops.stream().map(Loop::var).toList();
  }

  private static List<Long> extents(List<Loop> a, List<Loop> b) {
    List<Long> all = new ArrayList<>(shape(a));
    all.addAll(shape(b));
    return all;
  }

  static Expr cast(DType t, Expr e) {
    return e.type() == t ? e : new Cast(t, e);
  }

  static Expr bin(BinOp op, Expr a, Expr b) {
    return new Bin(op, a, b);
  }
}
