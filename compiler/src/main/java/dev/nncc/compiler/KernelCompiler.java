package dev.nncc.compiler;

import dev.nncc.codegen.llvm.emit.Emitted;
import dev.nncc.codegen.llvm.toolchain.LlvmTarget;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.plan.Pointer;
import dev.nncc.tensor.plan.RunPlan;
import dev.nncc.tensor.schedule.ArgumentStart;
import dev.nncc.tensor.serial.SerialSchedule;
import dev.nncc.tensor.text.Printer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;

/**
 * Schedules the kernels of a library's plans and emits each distinct one once. Steps whose kernels
 * are equal up to their name, and to where in the arena their arguments begin, share a function,
 * within a plan and between plans.
 */
final class KernelCompiler {
  /**
   * A function of the library.
   *
   * @param parallel extent of the loop that is shared by workers, 1 if there is none
   */
  record Compiled(Kernel kernel, Set<String> unaligned, long parallel, Emitted emitted) {}

  /**
   * @param functions the distinct kernels
   * @param functionOfStep for each call of each list an index into {@code functions}
   */
  record Result(List<Compiled> functions, List<List<Integer>> functionOfStep) {}

  private final LlvmTarget target;
  private final String prefix;
  private final boolean optimise;
  private final int jobs;
  private final Parts parts;

  /**
   * @param prefix of the functions' names, which are to differ between the variants of a library
   */
  KernelCompiler(LlvmTarget target, String prefix, boolean optimise, int jobs, Parts parts) {
    this.target = target;
    this.prefix = prefix;
    this.optimise = optimise;
    this.jobs = jobs;
    this.parts = parts;
  }

  /** A kernel before scheduling: what it computes and which of its arguments the caller owns. */
  private record Source(Kernel kernel, Set<String> unaligned) {}

  /** Calls of the plans, each list by itself, and those that prepare weights. */
  Result compile(List<List<RunPlan.Step>> calls, CompileListener listener) {
    Map<String, Integer> known = new LinkedHashMap<>();
    List<Source> distinct = new ArrayList<>();
    List<List<Integer>> functions = new ArrayList<>();
    for (List<RunPlan.Step> steps : calls) {
      List<Integer> ofStep = new ArrayList<>();
      for (RunPlan.Step step : steps) {
        ofStep.add(number(step, known, distinct));
      }
      functions.add(List.copyOf(ofStep));
    }
    return new Result(compileAll(distinct, listener), List.copyOf(functions));
  }

  /** The number of the step's kernel among the distinct ones. */
  private int number(RunPlan.Step step, Map<String, Integer> known, List<Source> distinct) {
    Kernel k = step.phase().kernel();
    Set<String> unaligned = unaligned(step);
    List<Buffer> args = ArgumentStart.arguments(k, b -> !unaligned.contains(b.name()));
    String key = Printer.print(new Kernel("k", args, k.dims(), k.body())) + unaligned;
    Integer at = known.get(key);
    if (at == null) {
      at = distinct.size();
      known.put(key, at);
      String name = prefix + at + "_" + k.name();
      Kernel named = new Kernel(name, k.args(), k.dims(), k.body());
      named = ArgumentStart.over(named, args);
      distinct.add(new Source(named, unaligned));
    }
    return at;
  }

  private static Set<String> unaligned(RunPlan.Step step) {
    Set<String> names = new TreeSet<>();
    List<Buffer> args = step.phase().kernel().args();
    for (int i = 0; i < args.size(); i++) {
      Pointer p = step.pointers().get(i);
      boolean anywhere = p instanceof Pointer.Input || p instanceof Pointer.Output;
      if (anywhere || p instanceof Pointer.State || p instanceof Pointer.Fault) {
        names.add(args.get(i).name());
      }
    }
    return names;
  }

  private List<Compiled> compileAll(List<Source> sources, CompileListener listener) {
    List<Callable<Compiled>> tasks = new ArrayList<>();
    sources.forEach(s -> tasks.add(() -> compile(s)));
    try {
      return Jobs.all(
          jobs,
          tasks,
          done -> listener.progress(CompileOptions.Stage.SCHEDULE, done, sources.size()));
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException r
          ? r
          : new IllegalStateException(e.getCause());
    }
  }

  private Compiled compile(Source s) {
    Kernel scheduled =
        optimise
            ? parts.scheduler().schedule(s.kernel(), target)
            : SerialSchedule.schedule(s.kernel());
    Emitted emitted = parts.emitter().emit(scheduled, s.unaligned(), target);
    return new Compiled(scheduled, s.unaligned(), parallel(scheduled.body()), emitted);
  }

  /** Extent of the parallel loop, under whatever local memory it shares. */
  private static long parallel(Stmt s) {
    Stmt at = s;
    while (at instanceof Stmt.Alloc || at instanceof Stmt.Let) {
      at = at instanceof Stmt.Alloc a ? a.body() : ((Stmt.Let) at).body();
    }
    return at instanceof Stmt.For f && f.kind() == Stmt.Kind.PAR ? f.trip() : 1;
  }
}
