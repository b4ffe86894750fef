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
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.placement.Kept;
import dev.nncc.tensor.placement.Placement;
import dev.nncc.tensor.plan.Pointer;
import dev.nncc.tensor.plan.RunPlan;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Run plans with their compiled kernels as the tables that the runtime walks. */
final class PlanSpec {
  /** Chunks are not made shorter than this, by the estimate below. */
  private static final double CHUNK_NANOSECONDS = 5_000;

  /** Where the runtime counts the rounds of a loop. */
  private static final int ROUND_SLOT = 0;

  private static final int MOST_CHUNKS = 64;
  private static final double FLOPS_PER_NANOSECOND = 60;
  private static final double BYTES_PER_NANOSECOND = 20;

  private PlanSpec() {}

  /**
   * @param weightBytes of the table that all profiles share
   */
  static ModelSpec of(
      String name,
      long sourceHash,
      LlvmTarget target,
      List<PlannedProfile> planned,
      long weightBytes,
      KernelCompiler.Result kernels) {
    List<KernelSpec> specs = new ArrayList<>();
    List<ProfileSpec> profiles = new ArrayList<>();
    States states = States.of(planned);
    for (int i = 0; i < planned.size(); i++) {
      profiles.add(profile(planned.get(i), kernels, kernels.functionOfStep().get(i), specs));
    }
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
        List.of(),
        profiles,
        new MemorySpec(weightBytes, arena, 0, states.bytes(), scratch),
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
    List<StepSpec> steps = new ArrayList<>();
    int first = specs.size();
    for (List<RunPlan.Step> loop : p.plan().loops()) {
      List<StepSpec> calls = new ArrayList<>();
      for (RunPlan.Step step : loop) {
        int i = specs.size() - first;
        KernelCompiler.Compiled k = kernels.functions().get(functionOfStep.get(i));
        double bytes = bytes(step);
        double flops = step.phase().flops();
        String label = step.phase().kernel().name() + "_" + i;
        List<ArgSpec> args = step.pointers().stream().map(a -> argument(a, boundary)).toList();
        int chunks = chunks(flops, bytes, k.parallel());
        calls.add(new StepSpec.Call(specs.size(), args, Extent.of(k.parallel()), chunks));
        specs.add(new KernelSpec(label, k.kernel().name(), step.origin().toString(), flops, bytes));
      }
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

  private static ArgSpec argument(Pointer p, Boundary boundary) {
    if (p instanceof Pointer.Arena a) {
      return ArgSpec.arena(a.offset());
    }
    if (p instanceof Pointer.Weights w) {
      return ArgSpec.weights(w.offset());
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

  /** Upper bound of what a call moves: every element that it can reach once. */
  private static double bytes(RunPlan.Step step) {
    Map<Buffer, Double> accesses = new LinkedHashMap<>();
    accesses(step.phase().kernel().body(), 1, accesses);
    double bytes = 0;
    for (Buffer b : step.phase().kernel().args()) {
      double elements = 1;
      for (long n : b.shape()) {
        elements *= n;
      }
      bytes += Math.min(elements, accesses.getOrDefault(b, 0.0)) * b.type().bytes();
    }
    return bytes;
  }

  /** How often each buffer is read or written below loops of {@code rounds} rounds. */
  private static void accesses(Stmt s, double rounds, Map<Buffer, Double> to) {
    double inside = s instanceof Stmt.For f ? rounds * (f.isConstant() ? f.trip() : 1e18) : rounds;
    if (s instanceof Stmt.Store t) {
      to.merge(t.buffer(), rounds, Double::sum);
    } else if (s instanceof Stmt.Update u) {
      to.merge(u.buffer(), rounds, Double::sum);
    } else if (s instanceof Stmt.Reduce r) {
      r.outputs().forEach(o -> to.merge(o.buffer(), rounds, Double::sum));
    }
    s.mapChildren(
        c -> {
          accesses(c, inside, to);
          return c;
        },
        e -> {
          e.rewrite(
              x -> {
                if (x instanceof Expr.Load l) {
                  to.merge(l.buffer(), rounds, Double::sum);
                }
                return x;
              });
          return e;
        });
  }

  private static int chunks(double flops, double bytes, long extent) {
    double nanoseconds = Math.max(flops / FLOPS_PER_NANOSECOND, bytes / BYTES_PER_NANOSECOND);
    long wanted = Math.max(1, Math.min(MOST_CHUNKS, (long) (nanoseconds / CHUNK_NANOSECONDS)));
    return Math.toIntExact(Math.min(wanted, Math.max(1, extent)));
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
