package dev.nncc.codegen.llvm.emit;

import dev.nncc.graph.DType;
import dev.nncc.tensor.index.Affine;
import dev.nncc.tensor.index.Range;
import dev.nncc.tensor.index.Simplifier;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.Bin;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Expr.Const;
import dev.nncc.tensor.ir.Expr.Load;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Statements: loops and branches as blocks, the rest in order. */
final class StmtEmitter implements Stmt.Visitor<Optional<Void>> {
  private static final Optional<Void> DONE = Optional.empty();

  private final Code code;
  private final Env env;
  private final ExprEmitter exprs;
  private final Arith arith;
  private final Memory memory;
  private final Registers registers;
  private final Conditions conditions;

  /** Local buffers by name: bytes from the start of scratch. */
  private final Map<String, Long> scratch = new LinkedHashMap<>();

  private long scratchBytes;

  StmtEmitter(Code code, Env env, ExprEmitter exprs) {
    this.code = code;
    this.env = env;
    this.exprs = exprs;
    arith = exprs.arith();
    memory = exprs.memory();
    registers = exprs.registers();
    conditions = new Conditions(code, env, exprs);
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
    if (isHalf(s.value().type()) && s.buffer().space() != Space.REG) {
      storeHalf(s);
    } else {
      store(s.buffer(), s.index(), exprs.eval(s.value()));
    }
    return DONE;
  }

  private static boolean isHalf(DType t) {
    return t == DType.F16 || t == DType.BF16;
  }

  /** Rounded once: a cast in front of the store is the store's own rounding, a copy has none. */
  private void storeHalf(Stmt.Store s) {
    if (s.value() instanceof Load l && Memory.isStored(l.buffer())) {
      Load bits = new Load(asBits(l.buffer()), l.index());
      store(asBits(s.buffer()), s.index(), exprs.eval(bits));
    } else if (s.value() instanceof Expr.Cast c && c.e().type() == DType.F32) {
      Val v = exprs.eval(c.e());
      store(s.buffer(), s.index(), new Val(v.ssa(), c.type(), v.lanes()));
    } else {
      store(s.buffer(), s.index(), exprs.eval(s.value()));
    }
  }

  private static Buffer asBits(Buffer b) {
    return new Buffer(
        b.name(),
        DType.I16,
        b.space(),
        b.shape(),
        b.lo(),
        b.hi(),
        b.strides(),
        b.offset(),
        0,
        List.of());
  }

  private void store(Buffer b, List<Expr> index, Val v) {
    if (b.space() == Space.REG) {
      registers.store(b, index, v);
    } else {
      memory.store(b, index, v);
    }
  }

  private Val load(Buffer b, List<Expr> index) {
    return b.space() == Space.REG ? registers.load(b, index) : memory.load(b, index);
  }

  @Override
  public Optional<Void> onUpdate(Stmt.Update u) {
    boolean register = u.buffer().space() == Space.REG;
    if (!env.vecVar.isEmpty() && !register) {
      switch (memory.pattern(exprs.addresses().position(u.buffer(), u.index()))) {
        case SAME -> one(u);
        case ANY -> inOrder(u);
        default -> each(u);
      }
    } else if (!env.vecVar.isEmpty() && registers.lanes(u.index()) == 1) {
      one(u);
    } else {
      each(u);
    }
    return DONE;
  }

  /** Every lane has a target of its own (or there are no lanes). */
  private void each(Stmt.Update u) {
    Buffer b = u.buffer();
    if (b.space() == Space.REG && env.mask == null) {
      Optional<Val> known = registers.constant(b, u.index());
      if (known.isPresent() && isIdentity(known.get(), u)) {
        registers.store(b, u.index(), exprs.eval(u.value()));
        return;
      }
    }
    Val old = load(b, u.index());
    store(b, u.index(), updated(u, old));
  }

  private static boolean isIdentity(Val v, Stmt.Update u) {
    Const i = (Const) Exprs.identity(u.op(), v.type());
    return v.ssa().equals(Spelling.literal(v.type(), i.value()));
  }

  private Val updated(Stmt.Update u, Val old) {
    if (u.op() == BinOp.ADD
        && u.value() instanceof Bin m
        && m.op() == BinOp.MUL
        && m.type().isFloat()) {
      return exprs.fma(m, old, false);
    }
    if (u.op() == BinOp.ADD && u.value() instanceof Bin d && d.op() == BinOp.DOT_BF16) {
      return exprs.dot(d, old);
    }
    return combined(u, exprs.eval(u.value()), old);
  }

  private Val combined(Stmt.Update u, Val v, Val old) {
    boolean minMax = u.op() == BinOp.MIN || u.op() == BinOp.MAX;
    return minMax && v.type().isFloat()
        ? arith.minMax(u.op(), v, old, false)
        : arith.bin(u.op(), v, old);
  }

  /** All lanes into one target. */
  private void one(Stmt.Update u) {
    Val v = code.splat(exprs.eval(u.value()), env.lanes);
    if (env.mask != null) {
      Val identity = exprs.eval(Exprs.identity(u.op(), v.type()));
      v = arith.select(env.mask, v, identity);
    }
    Val sum = arith.horizontal(u.op(), v);
    env.unmasked(
        () -> {
          Optional<Val> known =
              u.buffer().space() == Space.REG
                  ? registers.constant(u.buffer(), u.index()).filter(k -> isIdentity(k, u))
                  : Optional.empty();
          Val r = known.isPresent() ? sum : combined(u, sum, load(u.buffer(), u.index()));
          store(u.buffer(), u.index(), r);
          return r;
        });
  }

  /** Lanes may share a target: one after the other. */
  private void inOrder(Stmt.Update u) {
    Val v = code.splat(exprs.eval(u.value()), env.lanes);
    Val mask = env.mask;
    for (int i = 0; i < env.lanes; i++) {
      Val one = code.extract(v, i);
      Supplier<Val> update =
          () -> {
            Val r = combined(u, one, load(u.buffer(), u.index()));
            store(u.buffer(), u.index(), r);
            return r;
          };
      int lane = i;
      if (mask == null) {
        env.inLane(lane, update);
      } else {
        conditions.when(code.extract(mask, i), u, () -> env.inLane(lane, update));
      }
      code.scope().forget(u.buffer().name());
    }
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
