package dev.nncc.frontend.onnx;

import dev.nncc.graph.Tensor;
import java.util.List;

/** Branches decided while importing. */
final class ControlImports {
  private ControlImports() {}

  static void addTo(OperatorTable t) {
    t.add("If", 1, ControlImports::decide);
    t.limit("If", "constant condition");
  }

  private static List<Operand> decide(OnnxNode n) {
    Tensor condition = n.in(0).tensor();
    if (condition == null) {
      throw n.notConstant(0, "the condition");
    }
    boolean yes = n.knownInteger(0, "cond") != 0;
    return n.importer().inline(n.attrs().graph(yes ? "then_branch" : "else_branch"), n);
  }
}
