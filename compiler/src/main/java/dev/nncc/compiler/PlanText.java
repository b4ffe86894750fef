package dev.nncc.compiler;

import dev.nncc.codegen.llvm.plan.ModelSpec;
import dev.nncc.codegen.llvm.plan.StepSpec;
import dev.nncc.tensor.plan.RunPlan;
import java.util.Locale;

/** A run plan as text, one step a line. */
final class PlanText {
  private PlanText() {}

  static String print(ModelSpec spec, RunPlan plan) {
    StringBuilder s = new StringBuilder();
    s.append(
        String.format(
            Locale.ROOT,
            "arena %d bytes (at least %d)%n",
            plan.memory().bytes(),
            plan.memory().lowerBound()));
    s.append(String.format(Locale.ROOT, "weights %d bytes%n", plan.weightBytes()));
    for (StepSpec step : spec.steps()) {
      if (step instanceof StepSpec.Call c) {
        s.append(spec.kernels().get(c.kernel()).name())
            .append(" x")
            .append(c.extent().bound())
            .append(" in ")
            .append(c.chunks());
        c.args()
            .forEach(
                a ->
                    s.append(' ')
                        .append(a.base().name().toLowerCase(Locale.ROOT))
                        .append(a.index() == 0 ? "" : "[" + a.index() + "]")
                        .append('+')
                        .append(a.offset()));
        s.append('\n');
      }
    }
    return s.toString();
  }
}
