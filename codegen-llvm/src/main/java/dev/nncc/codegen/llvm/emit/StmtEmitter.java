package dev.nncc.codegen.llvm.emit;

import dev.nncc.graph.DType;
import dev.nncc.tensor.index.Affine;
import dev.nncc.tensor.index.Range;
import dev.nncc.tensor.index.Simplifier;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.Load;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Statements: loops and branches as blocks, the rest in order. */
final class StmtEmitter implements Stmt.Visitor<Optional<Void>> {
  private static final Optional<Void> DONE = Optional.empty();

  private final Code code;
  private final Env env;
  private final ExprEmitter exprs;
  private final Memory memory;
  private final Registers registers;
  private final Conditions conditions;
  private final WriteEmitter writes;

  /** Local buffers by name: bytes from the start of scratch. */
  private final Map<String, Long> scratch = new LinkedHashMap<>();

  private long scratchBytes;

  StmtEmitter(Code code, Env env, ExprEmitter exprs) {
    this.code = code;
    this.env = env;
    this.exprs = exprs;
    memory = exprs.memory();
    registers = exprs.registers();
    conditions = new Conditions(code, env, exprs);
    writes = new WriteEmitter(code, env, exprs, conditions);
  }

  Map<String, Long> scratch() {
    return scratch;
  }

  long scratchBytes() {
    return scratchBytes;
  }

  @Override
  public Optional<Void> onBlock(Stmt.Block b) {
    b.statements().forEach(s -> s.accept(this));
    return DONE;
  }

  @Override
  public Optional<Void> onFor(Stmt.For f) {
    env.path.addLast(f.var());
    Affine n = env.affine(f.extent());
    switch (f.kind()) {
      case UNROLL -> expand(f, constant(f, n));
      case VEC -> widen(f, constant(f, n));
      case PAR -> loop(f, n, true);
      default -> {
        if (n.isConstant() && n.constant() <= 1) {
          unroll(f, n.constant());
        } else {
          loop(f, n, false);
        }
      }
    }
    env.path.removeLast();
    return DONE;
  }

  private long constant(Stmt.For f, Affine n) {
    if (!n.isConstant()) {
      throw env.refuse("its extent is not constant, so it cannot be " + f.kind());
    }
    return n.constant();
  }

  @SuppressWarnings("ReferenceEquality") // asks whether the order has changed
  private void expand(Stmt.For f, long trip) {
    Stmt.For best = TileOrder.best(f);
    if (TileOrder.isStep(best, exprs.target().registers())) {
      unroll(best, best.trip(), code::apart);
    } else {
      unroll(best, best == f ? trip : best.trip());
    }
  }

  private void unroll(Stmt.For f, long trip) {
    unroll(f, trip, () -> {});
  }

  private void unroll(Stmt.For f, long trip, Runnable between) {
    env.bound(f.var(), Range.ofExtent(trip));
    for (long i = 0; i < trip; i++) {
      if (i > 0) {
        between.run();
      }
      env.unrolled.put(f.var(), i);
      f.body().accept(this);
    }
    env.unrolled.remove(f.var());
  }

  private void widen(Stmt.For f, long trip) {
    if (trip <= 1) {
      unroll(f, trip);
      return;
    }
    if (!env.vecVar.isEmpty()) {
      throw env.refuse("a vector loop inside vector loop " + env.vecVar);
    }
    if (trip > 256) {
      throw env.refuse("a vector of " + trip + " lanes");
    }
    env.vecVar = f.var();
    env.lanes = (int) trip;
    env.bound(f.var(), Range.ofExtent(trip));
    f.body().accept(this);
    env.vecVar = "";
    env.lanes = 1;
  }

  private void loop(Stmt.For f, Affine n, boolean par) {
    if (par && (!env.vecVar.isEmpty() || !env.homes.isEmpty())) {
      throw env.refuse("a parallel loop that is not the outermost one");
    }
    String id = Spelling.name(f.var()) + "." + code.fresh();
    String v = "%i." + id;
    String start = "loop." + id;
    String end = "end." + id;
    Val limit = par ? new Val("%hi", DType.I64, 1) : exprs.eval(n.expr());
    String first = par ? "%lo" : "0";
    if (par || !n.isConstant()) {
      String any = code.assign("icmp slt i64 " + first + ", " + limit.ssa());
      code.line("br i1 " + any + ", label %" + start + ", label %" + end);
    } else {
      code.line("br label %" + start);
    }
    String from = code.label();
    code.startBlock(start);
    code.line(
        v + " = phi i64 [ " + first + ", %" + from + " ], [ " + v + ".next, %latch." + id + " ]");
    env.values.put(f.var(), new Val(v, DType.I64, 1));
    env.bounds.put(f.var(), Simplifier.ofLoop(f, env.ranges()));
    code.open();
    env.homes.put(f.var(), code.scope());
    env.changed();
    f.body().accept(this);
    code.line("br label %latch." + id);
    code.startBlock("latch." + id);
    code.line(v + ".next = add nuw nsw i64 " + v + ", 1");
    String more = code.assign("icmp slt i64 " + v + ".next, " + limit.ssa());
    code.line("br i1 " + more + ", label %" + start + ", label %" + end + ", !llvm.loop !0");
    code.startBlock(end);
    code.close(Writes.of(f.body()));
    env.homes.remove(f.var());
    env.values.remove(f.var());
    env.changed();
  }

  @Override
  public Optional<Void> onIf(Stmt.If s) {
    Val c = exprs.condition(s.condition());
    if (c.ssa().equals("true")) {
      s.yes().accept(this);
    } else if (c.ssa().equals("false")) {
      s.no().ifPresent(n -> n.accept(this));
    } else if (c.lanes() == 1) {
      conditions.branch(c, s, x -> x.accept(this));
    } else {
      conditions.masked(c, s, x -> x.accept(this));
    }
    return DONE;
  }

  @Override
  public Optional<Void> onLet(Stmt.Let l) {
    Expr value = env.resolve(l.value());
    boolean index = Env.isIndex(value) && isIndexArithmetic(value);
    if (index) {
      env.indexLets.put(l.name(), value);
      env.changed();
    } else {
      env.lets.put(l.name(), value);
      if (Env.isIndex(value)) {
        env.bound(l.name(), env.affine(value).range(env.ranges()));
      }
    }
    Val v = exprs.eval(value);
    Val before = env.values.put(l.name(), v);
    if (before == null || before.lanes() != v.lanes()) {
      env.changed();
    }
    l.body().accept(this);
    env.lets.remove(l.name());
    if (env.indexLets.remove(l.name()) != null) {
      env.changed();
    }
    return DONE;
  }

  /** Whether it stays valid, and cheap, to compute it again at each address. */
  private boolean isIndexArithmetic(Expr e) {
    boolean[] ok = {true};
    e.rewrite(
        x -> {
          ok[0] &= Env.isIndex(x) && !(x instanceof Load);
          if (x instanceof Expr.Var v) {
            ok[0] &= env.isHoistable(v) || v.name().equals(env.vecVar);
          }
          return x;
        });
    return ok[0];
  }

  @Override
  public Optional<Void> onAlloc(Stmt.Alloc a) {
    if (a.buffer().space() == Space.CONST) {
      a.body().accept(this);
      return DONE;
    }
    Stmt.Alloc own = env.vecVar.isEmpty() ? a : Privates.oneForEachLane(a, env.vecVar, env.lanes);
    Buffer b = own.buffer();
    if (b.space() == Space.REG) {
      registers.declare(b, own.body());
    } else if (!scratch.containsKey(b.name())) {
      scratch.put(b.name(), scratchBytes);
      long bytes = Math.multiplyExact(b.extentInElements(), b.type().bytes());
      scratchBytes = Math.addExact(scratchBytes, bytes + 63 & -64L);
    }
    own.body().accept(this);
    code.scope().forget(b.name());
    return DONE;
  }

  @Override
  public Optional<Void> onStore(Stmt.Store s) {
    writes.store(s);
    return DONE;
  }

  @Override
  public Optional<Void> onUpdate(Stmt.Update u) {
    writes.update(u);
    return DONE;
  }

  @Override
  public Optional<Void> onReduce(Reduce r) {
    throw env.refuse(
        "reduction into "
            + r.outputs().stream().map(o -> o.buffer().name()).toList()
            + " has no accumulators yet");
  }

  @Override
  public Optional<Void> onPrefetch(Stmt.Prefetch p) {
    memory.prefetch(p.buffer(), p.index(), p.level());
    return DONE;
  }
}
