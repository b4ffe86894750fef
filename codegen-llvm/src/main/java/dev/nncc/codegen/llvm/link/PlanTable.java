package dev.nncc.codegen.llvm.link;

import dev.nncc.codegen.llvm.plan.ArgSpec;
import dev.nncc.codegen.llvm.plan.Extent;
import dev.nncc.codegen.llvm.plan.KernelSpec;
import dev.nncc.codegen.llvm.plan.ModelSpec;
import dev.nncc.codegen.llvm.plan.ProfileSpec;
import dev.nncc.codegen.llvm.plan.StepSpec;
import dev.nncc.codegen.llvm.plan.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The nested steps of a plan, flattened to the table with jump targets that the runtime walks. */
final class PlanTable {
  /** With the codes of {@code nncc_plan.h}. */
  enum Op {
    CALL(0),
    COPY(1),
    LOOP(2),
    WHILE(3),
    IF(4),
    ELSE(5),
    END(6);

    private final int code;

    Op(int code) {
      this.code = code;
    }

    int code() {
      return code;
    }
  }

  /** A row; fields as in {@code nncc_plan_step}. */
  record Step(
      Op op, int kernel, int firstArg, int args, Extent extent, int chunks, int slot, int target) {
    Step withTarget(int newTarget) {
      return new Step(op, kernel, firstArg, args, extent, chunks, slot, newTarget);
    }
  }

  /** A part {@code [first, end)} of a table. */
  record Range(int first, int end) {}

  /** What belongs to a profile. */
  record Ranges(Range steps, Range args, Range kernels) {}

  private static final Extent NONE = Extent.of(0);

  /** What {@code target} says of a call, as in {@code nncc_plan.h}. */
  private static final int NEIGHBOURS = 1;

  private static final int BESIDE = 2;

  private final ModelSpec model;
  private final List<Step> steps = new ArrayList<>();
  private final List<ArgSpec> args = new ArrayList<>();
  private final List<Ranges> profiles = new ArrayList<>();
  private List<TensorSpec> inputs = List.of();
  private List<TensorSpec> outputs = List.of();
  private long arena;
  private int prepareSteps;

  private PlanTable(ModelSpec model) {
    this.model = model;
    this.arena = model.memory().arena();
  }

  static PlanTable of(ModelSpec model) {
    PlanTable table = new PlanTable(model);
    model.prepare().forEach(table::add);
    table.prepareSteps = table.steps.size();
    model.profiles().forEach(table::add);
    return table;
  }

  private void add(ProfileSpec profile) {
    inputs = profile.inputs();
    outputs = profile.outputs();
    arena = profile.arena();
    int firstStep = steps.size();
    int firstArg = args.size();
    profile.steps().forEach(this::add);
    int[] calls =
        steps.subList(firstStep, steps.size()).stream()
            .filter(s -> s.op() == Op.CALL)
            .mapToInt(Step::kernel)
            .toArray();
    profiles.add(
        new Ranges(
            new Range(firstStep, steps.size()),
            new Range(firstArg, args.size()),
            new Range(
                Arrays.stream(calls).min().orElse(0), Arrays.stream(calls).max().orElse(-1) + 1)));
  }

  /** In the order of the model's profiles. */
  List<Ranges> profiles() {
    return List.copyOf(profiles);
  }

  List<Step> steps() {
    return List.copyOf(steps);
  }

  List<ArgSpec> args() {
    return List.copyOf(args);
  }

  int prepareSteps() {
    return prepareSteps;
  }

  /**
   * Floating-point operations of one run; loops with a constant number of rounds counted as often.
   */
  static double flops(ProfileSpec profile, List<KernelSpec> kernels) {
    return flops(profile.steps(), kernels);
  }

  private static double flops(List<StepSpec> steps, List<KernelSpec> kernels) {
    double sum = 0;
    for (StepSpec s : steps) {
      if (s instanceof StepSpec.Call call) {
        sum += kernels.get(call.kernel()).flops();
      } else if (s instanceof StepSpec.Loop loop) {
        sum += loop.rounds().bound() * flops(loop.body(), kernels);
      } else if (s instanceof StepSpec.While loop) {
        sum += flops(loop.body(), kernels);
      } else if (s instanceof StepSpec.If branch) {
        sum += Math.max(flops(branch.then(), kernels), flops(branch.otherwise(), kernels));
      }
    }
    return sum;
  }

  private void add(StepSpec s) {
    if (s instanceof StepSpec.Call call) {
      require(
          call.kernel() < model.kernels().size(),
          "kernel %d of %d",
          call.kernel(),
          model.kernels().size());
      int at = row(Op.CALL, call.kernel(), call.args(), call.extent(), call.chunks(), -1);
      require(
          !call.beside() || at > 0 && steps.get(at - 1).op() == Op.CALL,
          "step %d is beside no call",
          at);
      int flags = (call.neighbours() ? NEIGHBOURS : 0) | (call.beside() ? BESIDE : 0);
      steps.set(at, steps.get(at).withTarget(flags));
    } else if (s instanceof StepSpec.Copy copy) {
      row(Op.COPY, 0, List.of(copy.to(), copy.from()), copy.bytes(), 0, -1);
    } else if (s instanceof StepSpec.Loop loop) {
      block(row(Op.LOOP, 0, List.of(), loop.rounds(), 0, loop.slot()), loop.body());
    } else if (s instanceof StepSpec.While loop) {
      block(
          row(Op.WHILE, 0, List.of(loop.condition()), loop.rounds(), 0, loop.slot()), loop.body());
    } else if (s instanceof StepSpec.If branch) {
      addIf(branch);
    } else {
      throw new IllegalStateException("step " + s);
    }
  }

  private void addIf(StepSpec.If branch) {
    int opener = row(Op.IF, 0, List.of(branch.condition()), NONE, 0, -1);
    if (branch.otherwise().isEmpty()) {
      block(opener, branch.then());
      return;
    }
    branch.then().forEach(this::add);
    int middle = row(Op.ELSE, 0, List.of(), NONE, 0, -1);
    steps.set(opener, steps.get(opener).withTarget(middle));
    branch.otherwise().forEach(this::add);
    int end = row(Op.END, 0, List.of(), NONE, 0, -1);
    steps.set(middle, steps.get(middle).withTarget(end));
    steps.set(end, steps.get(end).withTarget(opener));
  }

  private void block(int opener, List<StepSpec> body) {
    body.forEach(this::add);
    int end = row(Op.END, 0, List.of(), NONE, 0, -1);
    steps.set(opener, steps.get(opener).withTarget(end));
    steps.set(end, steps.get(end).withTarget(opener));
  }

  private int row(Op op, int kernel, List<ArgSpec> list, Extent extent, int chunks, int slot) {
    for (ArgSpec a : list) {
      check(a);
    }
    require(
        slot < model.slots() && extent.slot() < model.slots(),
        "slot of %s beyond %d",
        op,
        model.slots());
    steps.add(new Step(op, kernel, args.size(), list.size(), extent, chunks, slot, 0));
    args.addAll(list);
    return steps.size() - 1;
  }

  /** An offset may be one past the end, for tensors without elements. */
  private void check(ArgSpec a) {
    long limit;
    switch (a.base()) {
      case ARENA:
        limit = arena;
        break;
      case WEIGHTS:
        limit = model.memory().weights();
        break;
      case PREPARED:
        limit = model.memory().prepared();
        break;
      case STATE:
        require(a.index() <= 2 * model.states().size(), "state argument %d", a.index());
        limit = model.memory().state();
        break;
      case INPUT:
        require(a.index() < inputs.size(), "input %d of %d", a.index(), inputs.size());
        limit = inputs.get(a.index()).bytes();
        break;
      case OUTPUT:
        require(a.index() < outputs.size(), "output %d of %d", a.index(), outputs.size());
        limit = outputs.get(a.index()).bytes();
        break;
      case CONTEXT:
        require(a.index() <= 1, "context word %d", a.index());
        limit = a.index() == 0 ? 4 : 8L * model.slots();
        break;
      default:
        throw new IllegalStateException("base " + a.base());
    }
    require(a.offset() <= limit, "%s offset %d of %d", a.base(), a.offset(), limit);
  }

  private static void require(boolean condition, String format, Object... values) {
    if (!condition) {
      throw new IllegalStateException(
          "inconsistent plan: " + String.format(java.util.Locale.ROOT, format, values));
    }
  }
}
