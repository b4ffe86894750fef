package dev.nncc.tensor.lower;

import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ScatterElements;
import dev.nncc.graph.op.ScatterKind;
import dev.nncc.graph.op.ScatterNd;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.region.Region;
import java.util.ArrayList;
import java.util.List;

/**
 * A copy of the data, then the updates one after another: two updates of one element keep their
 * order.
 */
final class ScatterLowering implements Lowering {
  @Override
  public List<Phase> lower(Region region, LowerContext context) {
    Node node = region.requireAnchor();
    Value data = node.operand(0);
    PhaseBuilder copy = new PhaseBuilder(region, context);
    Domain out = Domain.of(copy.resultStorage(0), "i");
    Expr element = copy.read(data, out.logical(), out.paddedAxis());
    Stmt store = new Stmt.Store(copy.result(0), out.storage().index(out.logical()), element);
    Phase first = copy.build("copy", out.nest(store), data.shape().elements());
    List<Phase> phases = List.of(first, updates(new PhaseBuilder(region, context), node));
    boolean tuples = node.op() instanceof ScatterNd;
    Value indices = node.operand(1);
    List<Long> extents = new ArrayList<>();
    if (node.op() instanceof ScatterElements s) {
      extents.add(data.shape().dim(s.axis()));
    } else {
      int q = indices.shape().rank() - 1;
      for (int j = 0; j < indices.shape().dim(q); j++) {
        extents.add(data.shape().dim(j));
      }
    }
    return IndexCheck.before(region, context, indices, extents, tuples, phases);
  }

  private static Phase updates(PhaseBuilder phase, Node node) {
    Value indices = node.operand(1);
    Value updates = node.operand(2);
    Shape data = node.operand(0).shape();
    List<String> vars = new ArrayList<>();
    List<Long> extents = new ArrayList<>();
    List<Expr> at = new ArrayList<>();
    for (int a = 0; a < updates.shape().rank(); a++) {
      vars.add("u" + a);
      extents.add(updates.shape().dim(a));
      at.add(Domain.at("u" + a, updates.shape().dim(a)));
    }
    List<Expr> to = new ArrayList<>();
    ScatterKind kind;
    if (node.op() instanceof ScatterElements s) {
      kind = s.kind();
      to.addAll(at);
      to.set(s.axis(), Indexings.safe(phase.read(indices, at), data.dim(s.axis())));
    } else {
      kind = ((ScatterNd) node.op()).kind();
      int q = indices.shape().rank() - 1;
      int k = Math.toIntExact(indices.shape().dim(q));
      for (int j = 0; j < k; j++) {
        List<Expr> which = new ArrayList<>(at.subList(0, q));
        which.add(Exprs.index(j));
        to.add(Indexings.safe(phase.read(indices, which), data.dim(j)));
      }
      to.addAll(at.subList(q, at.size()));
    }
    List<Expr> index = phase.resultStorage(0).index(to);
    Expr update = phase.read(updates, at);
    Stmt s =
        kind == ScatterKind.NONE
            ? new Stmt.Store(phase.result(0), index, update)
            : new Stmt.Update(phase.result(0), index, Expr.BinOp.valueOf(kind.name()), update);
    for (int d = vars.size() - 1; d >= 0; d--) {
      if (extents.get(d) != 1) {
        s = new Stmt.For(vars.get(d), Exprs.index(extents.get(d)), Stmt.Kind.SCAN, s);
      }
    }
    return phase.build("scatter", s, updates.shape().elements());
  }
}
