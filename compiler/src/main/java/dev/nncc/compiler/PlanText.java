package dev.nncc.compiler;

import dev.nncc.codegen.llvm.plan.ModelSpec;
import dev.nncc.codegen.llvm.plan.StepSpec;
import java.util.List;
import java.util.Locale;

/**
 * Run plans as text, one step a line; a bar begins those that share a launch with the one above.
 */
final class PlanText {
  private PlanText() {}

  static String print(ModelSpec spec, List<PlannedProfile> profiles) {
    StringBuilder s = new StringBuilder();
    if (!spec.prepare().isEmpty()) {
      s.append(String.format(Locale.ROOT, "prepared %d bytes%n", spec.memory().prepared()));
      steps(s, spec, spec.prepare());
    }
    for (int i = 0; i < profiles.size(); i++) {
      PlannedProfile p = profiles.get(i);
      if (!p.name().isEmpty()) {
        s.append("// profile ").append(p.name()).append('\n');
      }
      s.append(
          String.format(
              Locale.ROOT,
              "arena %d bytes (at least %d)%n",
              p.plan().memory().bytes(),
              p.plan().memory().lowerBound()));
      s.append(String.format(Locale.ROOT, "weights %d bytes%n", spec.memory().weights()));
      steps(s, spec, spec.profiles().get(i).steps());
    }
    return s.toString();
  }

  private static void steps(StringBuilder s, ModelSpec spec, List<StepSpec> steps) {
    for (StepSpec step : steps) {
      if (step instanceof StepSpec.Call c) {
        s.append(c.beside() ? "| " : "")
            .append(spec.kernels().get(c.kernel()).name())
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
  }
}
