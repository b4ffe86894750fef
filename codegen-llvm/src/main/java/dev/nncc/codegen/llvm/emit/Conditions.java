package dev.nncc.codegen.llvm.emit;

import dev.nncc.graph.DType;
import dev.nncc.tensor.index.Affine;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Branches, and masks for conditions that differ between the lanes of a vector loop. */
final class Conditions {
  private final Code code;
  private final Env env;
  private final ExprEmitter exprs;

  Conditions(Code code, Env env, ExprEmitter exprs) {
    this.code = code;
    this.env = env;
    this.exprs = exprs;
  }

  void branch(Val c, Stmt.If s, Consumer<Stmt> emit) {
    int id = code.fresh();
    String no = s.no().isPresent() ? "no." + id : "end." + id;
    code.line("br i1 " + c.ssa() + ", label %yes." + id + ", label %" + no);
    block("yes." + id, "end." + id, s.yes(), () -> emit.accept(s.yes()));
    s.no().ifPresent(n -> block(no, "end." + id, n, () -> emit.accept(n)));
    code.startBlock("end." + id);
  }

  private void block(String label, String end, Stmt body, Runnable emit) {
    code.startBlock(label);
    code.open();
    emit.run();
    code.line("br label %" + end);
    code.close(Writes.of(body));
  }

  /** Emits the statement only where the scalar condition holds. */
  void when(Val c, Stmt writes, Runnable emit) {
    int id = code.fresh();
    code.line("br i1 " + c.ssa() + ", label %yes." + id + ", label %end." + id);
    block("yes." + id, "end." + id, writes, emit);
    code.startBlock("end." + id);
  }

  void masked(Val c, Stmt.If s, Consumer<Stmt> emit) {
    Val outer = env.mask;
    Val yes = outer == null ? c : exprs.arith().bin(BinOp.AND, outer, c);
    under(yes, s, s.yes(), emit);
    if (s.no().isPresent()) {
      Val not = exprs.arith().not(c);
      under(outer == null ? not : exprs.arith().bin(BinOp.AND, outer, not), s, s.no().get(), emit);
    }
    env.mask = outer;
  }

  private void under(Val mask, Stmt.If s, Stmt body, Consumer<Stmt> emit) {
    if (!needsSomeLane(s, body)) {
      env.mask = mask;
      emit.accept(body);
      return;
    }
    Val any = exprs.arith().horizontal(BinOp.OR, mask);
    when(
        any,
        body,
        () -> {
          env.mask = mask;
          emit.accept(body);
        });
  }

  /**
   * Accesses that all lanes share are not masked. When their index depends on what the condition
   * depends on, they may be out of bounds where no lane is left.
   */
  private boolean needsSomeLane(Stmt.If s, Stmt body) {
    Set<String> tested = new LinkedHashSet<>();
    exprsIn(env.resolve(s.condition()), tested);
    tested.remove(env.vecVar);
    if (tested.isEmpty() && !hasLoad(s.condition()) || someLaneIsLeft(s.condition())) {
      return false;
    }
    boolean[] hit = {false};
    visit(body, tested, hit);
    return hit[0];
  }

  private boolean someLaneIsLeft(Expr c) {
    if (c instanceof Expr.Bin b && b.op() == BinOp.LT && Env.isIndex(b.a())) {
      Affine d = env.affine(b.b()).minus(env.affine(b.a()));
      return d.coefficient(env.vecVar) == -1
          && d.isLinearIn(env.vecVar)
          && d.without(env.vecVar).range(env.ranges()).lo() >= 1;
    }
    return false;
  }

  private static boolean hasLoad(Expr e) {
    boolean[] hit = {false};
    e.rewrite(
        x -> {
          hit[0] |= x instanceof Expr.Load;
          return x;
        });
    return hit[0];
  }

  private static void exprsIn(Expr e, Set<String> vars) {
    e.rewrite(
        x -> {
          if (x instanceof Expr.Var v) {
            vars.add(v.name());
          }
          return x;
        });
  }

  private void visit(Stmt s, Set<String> tested, boolean[] hit) {
    Writes.target(s)
        .filter(t -> t.buffer().space() != Space.REG)
        .ifPresent(t -> hit[0] |= shared(t.index(), tested));
    s.mapChildren(
        c -> {
          visit(c, tested, hit);
          return c;
        },
        e ->
            e.rewrite(
                x -> {
                  if (x instanceof Expr.Load l && l.buffer().space() != Space.REG) {
                    hit[0] |= shared(l.index(), tested);
                  }
                  return x;
                }));
  }

  private boolean shared(List<Expr> index, Set<String> tested) {
    Set<String> used = new LinkedHashSet<>();
    boolean varies = false;
    for (Expr e : index) {
      Expr r = env.resolve(e);
      varies |= env.varies(r);
      exprsIn(r, used);
    }
    return !varies
        && (used.stream().anyMatch(tested::contains)
            || index.stream().anyMatch(Conditions::hasLoad));
  }

  static boolean isBool(Val v) {
    return v.type() == DType.BOOL;
  }
}
