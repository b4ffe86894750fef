package dev.nncc.tensor.lower;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.region.Region;
import dev.nncc.tensor.storage.Storage;
import java.util.ArrayList;
import java.util.List;

/** Copies the parts that are not views of the result: a kernel for each. */
final class ConcatLowering implements Lowering {
  @Override
  public List<Phase> lower(Region region, LowerContext context) {
    Node node = region.requireAnchor();
    int axis = ((Concat) node.op()).axis();
    List<Phase> phases = new ArrayList<>();
    long start = 0;
    for (Value part : node.operands()) {
      PhaseBuilder phase = new PhaseBuilder(region, context);
      Storage whole = phase.resultStorage(0);
      if (part.shape().elements() > 0 && !isView(phase, part, whole, axis, start)) {
        phases.add(copy(phase, part, whole, axis, start));
      }
      start += part.shape().dim(axis);
    }
    return phases;
  }

  /** Whether the part's storage is the very place in the result. */
  private static boolean isView(
      PhaseBuilder phase, Value part, Storage whole, int axis, long start) {
    if (phase.constant(part).isPresent()) {
      return false;
    }
    return phase.isViewOfResult(part)
        && whole
            .slice(axis, start, part.shape().dim(axis), 1)
            .map(Storage::offset)
            .equals(java.util.Optional.of(phase.storage(part).offset()));
  }

  private static Phase copy(PhaseBuilder phase, Value part, Storage whole, int axis, long start) {
    // Loops over the part in row-major order of its logical index: both sides may have any layout.
    // Padding lanes of the result are written by the last part.
    List<String> vars = new ArrayList<>();
    List<Long> extents = new ArrayList<>();
    List<Expr> at = new ArrayList<>();
    for (int a = 0; a < part.shape().rank(); a++) {
      long n = part.shape().dim(a);
      vars.add("i" + a);
      extents.add(n);
      at.add(Domain.at("i" + a, n));
    }
    List<Expr> to = new ArrayList<>(at);
    to.set(axis, Exprs.add(at.get(axis), Exprs.index(start)));
    Buffer result = phase.result(0);
    Stmt store = new Stmt.Store(result, whole.index(to), phase.read(part, at));
    return phase.build("concat", Domain.nest(vars, extents, store), part.shape().elements());
  }
}
