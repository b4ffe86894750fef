package dev.nncc.codegen.llvm.emit;

import dev.nncc.graph.DType;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.Bin;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Expr.Const;
import dev.nncc.tensor.ir.Expr.Load;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Stores and updates, of memory or of registers. */
final class WriteEmitter {
  private final Code code;
  private final Env env;
  private final ExprEmitter exprs;
  private final Arith arith;
  private final Memory memory;
  private final Registers registers;
  private final Conditions conditions;

  WriteEmitter(Code code, Env env, ExprEmitter exprs, Conditions conditions) {
    this.code = code;
    this.env = env;
    this.exprs = exprs;
    this.conditions = conditions;
    arith = exprs.arith();
    memory = exprs.memory();
    registers = exprs.registers();
  }

  void store(Stmt.Store s) {
    if (isHalf(s.value().type()) && s.buffer().space() != Space.REG) {
      storeHalf(s);
    } else {
      store(s.buffer(), s.index(), exprs.eval(s.value()));
    }
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

  void update(Stmt.Update u) {
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
}
