package dev.nncc.codegen.llvm.emit;

import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.Load;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Stmt;
import java.util.ArrayList;
import java.util.List;

/** Buffers that live inside a vector loop: each lane has its own. */
final class Privates {
  private Privates() {}

  /** The buffer with a last dimension for the lanes, indexed by the vector variable. */
  static Stmt.Alloc oneForEachLane(Stmt.Alloc a, String var, int lanes) {
    Buffer b = a.buffer();
    Buffer wide =
        new Buffer(
            b.name(),
            b.type(),
            b.space(),
            plus(b.shape(), lanes),
            plus(b.lo(), 0),
            plus(b.hi(), 0),
            plus(b.strides().stream().map(s -> s * lanes).toList(), 1),
            b.offset() * lanes,
            b.fill(),
            b.values());
    Stmt body =
        a.body()
            .rewriteExprs(
                e ->
                    e instanceof Load l && l.buffer().name().equals(b.name())
                        ? new Load(wide, index(l.index(), var))
                        : e)
            .rewrite(s -> widened(s, wide, var));
    return new Stmt.Alloc(wide, body);
  }

  private static Stmt widened(Stmt s, Buffer wide, String var) {
    if (s instanceof Stmt.Store x && x.buffer().name().equals(wide.name())) {
      return new Stmt.Store(wide, index(x.index(), var), x.value());
    }
    if (s instanceof Stmt.Update x && x.buffer().name().equals(wide.name())) {
      return new Stmt.Update(wide, index(x.index(), var), x.op(), x.value());
    }
    return s;
  }

  private static List<Expr> index(List<Expr> index, String var) {
    List<Expr> all = new ArrayList<>(index);
    all.add(Exprs.var(var));
    return all;
  }

  private static List<Long> plus(List<Long> list, long last) {
    List<Long> all = new ArrayList<>(list);
    all.add(last);
    return all;
  }
}
