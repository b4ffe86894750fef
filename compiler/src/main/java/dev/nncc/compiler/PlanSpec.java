package dev.nncc.compiler;

import dev.nncc.codegen.llvm.plan.ArgSpec;
import dev.nncc.codegen.llvm.plan.ElementType;
import dev.nncc.codegen.llvm.plan.Extent;
import dev.nncc.codegen.llvm.plan.FillSpec;
import dev.nncc.codegen.llvm.plan.KernelSpec;
import dev.nncc.codegen.llvm.plan.MemorySpec;
import dev.nncc.codegen.llvm.plan.ModelSpec;
import dev.nncc.codegen.llvm.plan.ProfileSpec;
import dev.nncc.codegen.llvm.plan.StepSpec;
import dev.nncc.codegen.llvm.plan.TensorSpec;
import dev.nncc.codegen.llvm.toolchain.LlvmTarget;
import dev.nncc.graph.DType;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.tensor.placement.Kept;
import dev.nncc.tensor.placement.Placement;
import dev.nncc.tensor.plan.CallCost;
import dev.nncc.tensor.plan.Pointer;
import dev.nncc.tensor.plan.RunPlan;
import dev.nncc.tensor.plan.WeightTable;
import dev.nncc.tensor.schedule.ArgumentStart;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/** Run plans with their compiled kernels as the tables that the runtime walks. */
final class PlanSpec {
  /** Chunks are not made shorter than this, by the estimate below. */
  private static final double CHUNK_NANOSECONDS = 5_000;

  /** Where the runtime counts the rounds of a loop. */
  private static final int ROUND_SLOT = 0;

  private static final int MOST_CHUNKS = 64;

  /** More only to make them even. */
  private static final int MOST_EVEN_CHUNKS = 256;

  private PlanSpec() {}

  /**
   * @param weights the table that all profiles share
   * @param kernels those that prepare weights behind those of the profiles
   */
  static ModelSpec of(
      String name,
      long sourceHash,
      LlvmTarget target,
      List<PlannedProfile> planned,
      WeightTable weights,
      KernelCompiler.Result kernels) {
    List<KernelSpec> specs = new ArrayList<>();
    List<ProfileSpec> profiles = new ArrayList<>();
    States states = States.of(planned);
    for (int i = 0; i < planned.size(); i++) {
      profiles.add(profile(planned.get(i), kernels, kernels.functionOfStep().get(i), specs));
    }
    List<StepSpec> prepare =
        new Calls(kernels, new Boundary(List.of(), List.of()), specs)
            .of(weights.preparations(), kernels.functionOfStep().get(planned.size()));
    long scratch =
        kernels.functions().stream().mapToLong(k -> k.emitted().scratchBytes()).max().orElse(0);
    long arena = profiles.stream().mapToLong(ProfileSpec::arena).max().orElse(0);
    return new ModelSpec(
        name,
        Version.TEXT,
        target.text(),
        sourceHash,
        target.required(),
        specs,
        prepare,
        profiles,
        new MemorySpec(weights.bytes(), arena, weights.preparedBytes(), states.bytes(), scratch),
        isLooping(planned) ? 1 : 0,
        states.specs());
  }

  /**
   * One descriptor for each step, so that measurements speak of the model's nodes; functions are
   * shared.
   *
   * @param specs takes the descriptors
   */
  private static ProfileSpec profile(
      PlannedProfile p,
      KernelCompiler.Result kernels,
      List<Integer> functionOfStep,
      List<KernelSpec> specs) {
    Boundary boundary = Boundary.of(p.placement());
    Calls all = new Calls(kernels, boundary, specs);
    List<StepSpec> steps = new ArrayList<>();
    int first = 0;
    for (List<RunPlan.Step> loop : p.plan().loops()) {
      List<Integer> functions = functionOfStep.subList(first, first + loop.size());
      List<StepSpec> calls = all.of(loop, functions);
      first += loop.size();
      long rounds = loop.get(0).phase().rounds();
      steps.addAll(
          rounds == 1
              ? calls
              : List.of(new StepSpec.Loop(ROUND_SLOT, Extent.of(rounds), together(calls))));
    }
    List<TensorSpec> inputs = new ArrayList<>();
    for (int i : boundary.inputs()) {
      inputs.add(tensor(p.graph().inputs().get(i).name(), p.graph().inputs().get(i)));
    }
    List<TensorSpec> outputs = new ArrayList<>();
    for (int i : boundary.outputs()) {
      outputs.add(tensor(p.graph().outputNames().get(i), p.graph().outputs().get(i)));
    }
    List<FillSpec> fills = p.plan().fills().stream().map(PlanSpec::fill).toList();
    return new ProfileSpec(p.name(), inputs, outputs, steps, fills, p.plan().memory().bytes());
  }

  /** Calls with their descriptors, which are numbered through. */
  private static final class Calls {
    private final KernelCompiler.Result kernels;
    private final Boundary boundary;
    private final List<KernelSpec> specs;
    private final int first;

    Calls(KernelCompiler.Result kernels, Boundary boundary, List<KernelSpec> specs) {
      this.kernels = kernels;
      this.boundary = boundary;
      this.specs = specs;
      first = specs.size();
    }

    List<StepSpec> of(List<RunPlan.Step> steps, List<Integer> functions) {
      List<StepSpec> calls = new ArrayList<>();
      for (int i = 0; i < steps.size(); i++) {
        RunPlan.Step step = steps.get(i);
        KernelCompiler.Compiled k = kernels.functions().get(functions.get(i));
        CallCost cost = CallCost.of(step.phase());
        String label = step.phase().kernel().name() + "_" + (specs.size() - first);
        List<ArgSpec> args = arguments(step, boundary);
        int chunks = chunks(cost.nanoseconds(), k.parallel(), step.phase().rounds() > 1);
        StepSpec.Call call = new StepSpec.Call(specs.size(), args, Extent.of(k.parallel()), chunks);
        calls.add(step.beside() ? call.besidePrevious() : call);
        String origin = step.origin().toString();
        specs.add(new KernelSpec(label, k.kernel().name(), origin, cost.flops(), cost.bytes()));
      }
      return calls;
    }
  }

  private static boolean isLooping(List<PlannedProfile> planned) {
    return planned.stream()
        .flatMap(p -> p.plan().steps().stream())
        .anyMatch(s -> s.phase().rounds() > 1);
  }

  /** What every round reads stays in the cache of the worker that has read it before. */
  private static List<StepSpec> together(List<StepSpec> calls) {
    return calls.stream().map(c -> (StepSpec) ((StepSpec.Call) c).together()).toList();
  }

  private static TensorSpec tensor(String name, Value v) {
    return TensorSpec.of(name, ElementType.valueOf(v.dtype().name()), v.shape().toArray());
  }

  /** The numbers in the graph of the inputs and outputs that are the caller's. */
  private record Boundary(List<Integer> inputs, List<Integer> outputs) {
    static Boundary of(Placement placement) {
      List<Integer> in = new ArrayList<>();
      List<Integer> out = new ArrayList<>();
      for (int i = 0; i < placement.graph().inputs().size(); i++) {
        in.add(i);
      }
      for (int i = 0; i < placement.graph().outputs().size(); i++) {
        out.add(i);
      }
      for (Kept k : placement.kept()) {
        in.remove(Integer.valueOf(k.input()));
        out.remove(Integer.valueOf(k.output()));
      }
      return new Boundary(in, out);
    }
  }

  private static List<ArgSpec> arguments(RunPlan.Step step, Boundary boundary) {
    List<ArgSpec> args = new ArrayList<>();
    for (int i = 0; i < step.pointers().size(); i++) {
      long start = ArgumentStart.bytes(step.phase().kernel().args().get(i));
      args.add(argument(step.pointers().get(i), start, boundary));
    }
    return args;
  }

  /**
   * @param start where the kernel's view of plan-owned memory begins
   */
  private static ArgSpec argument(Pointer p, long start, Boundary boundary) {
    if (p instanceof Pointer.Arena a) {
      return ArgSpec.arena(a.offset() + start);
    }
    if (p instanceof Pointer.Weights w) {
      return ArgSpec.weights(w.offset() + start);
    }
    if (p instanceof Pointer.Prepared m) {
      return ArgSpec.prepared(m.offset() + start);
    }
    if (p instanceof Pointer.Fault) {
      return ArgSpec.fault();
    }
    if (p instanceof Pointer.State k) {
      return ArgSpec.kept(k.index(), k.next());
    }
    return p instanceof Pointer.Input i
        ? ArgSpec.input(boundary.inputs().indexOf(i.index()))
        : ArgSpec.output(boundary.outputs().indexOf(((Pointer.Output) p).index()));
  }

  /**
   * Into how many chunks a parallel loop is cut.
   *
   * @param even whether all should be of one size: threads that take their share of them at once
   *     cannot make up for larger ones
   */
  static int chunks(double nanoseconds, long extent, boolean even) {
    long wanted = Math.max(1, Math.min(MOST_CHUNKS, (long) (nanoseconds / CHUNK_NANOSECONDS)));
    long n = Math.min(wanted, Math.max(1, extent));
    long last = even && n > 1 ? MOST_EVEN_CHUNKS : 0;
    return Math.toIntExact(
        LongStream.rangeClosed(n, last).filter(c -> extent % c == 0).findFirst().orElse(n));
  }

  private static FillSpec fill(RunPlan.Fill f) {
    DType t = f.dtype();
    long count = 8 / t.bytes();
    TensorBuilder b = new TensorBuilder(TensorType.of(t, count));
    for (long i = 0; i < count; i++) {
      b.set(i, f.value());
    }
    return FillSpec.run(f.offset(), f.bytes(), b.build().payload().bytes().getLong(0));
  }
}
