package dev.nncc.tensor.schedule;

import dev.nncc.tensor.index.Simplifier;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.Alloc;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.ir.Stmt.Kind;
import dev.nncc.tensor.ir.Stmt.Let;
import java.util.Optional;

/**
 * The operator-blind rule: a schedule for any kernel from what its loops and accesses look like,
 * never from what it computes. Whatever cannot be improved stays a plain serial nest, so the result
 * is always legal and can be emitted.
 */
public final class AutoSchedule {
  /** Unpaired chunks at which no further loop is fused into the parallel one. */
  static final long CHUNKS = 64;

  private AutoSchedule() {}

  /**
   * @param kernel ready for code generation
   * @param script the directives that make it from the kernel given (with unique loop names)
   * @param parExtent iterations of the parallel loop; 1 when there is none, -1 when its extent
   *     depends on dimension parameters
   */
  public record Scheduled(Kernel kernel, String script, long parExtent) {}

  /** Schedules a kernel for a machine. */
  public static Scheduled schedule(Kernel naive, Machine m) {
    return schedule(naive, m, Deviation.NONE);
  }

  /** Schedules a kernel for a machine, departing from the rule. */
  public static Scheduled schedule(Kernel naive, Machine m, Deviation deviation) {
    Kernel start = start(naive);
    Session s = new Session(start, deviation);
    new KernelPlan(s, m).run();
    if (Emittable.problem(s.kernel()).isPresent()) {
      s = new Session(start);
      new KernelPlan(s, m).runPlain();
    }
    Optional<String> problem = Emittable.problem(s.kernel());
    if (problem.isPresent()) {
      throw new IllegalStateException(
          "kernel " + naive.name() + " cannot be scheduled: " + problem.get());
    }
    return new Scheduled(s.kernel(), s.script(), parExtent(s.kernel().body()));
  }

  private static Kernel start(Kernel naive) {
    return Simplifier.simplify(UniqueNames.of(Simplifier.simplify(naive)));
  }

  /**
   * The kernel that a script makes of another: what {@link #schedule} gave when it wrote the
   * script.
   *
   * @throws Illegal when the script does not fit the kernel, or the result cannot be emitted
   */
  public static Kernel replay(Kernel naive, String script) {
    Kernel k = Schedule.apply(start(naive), script);
    Emittable.problem(k)
        .ifPresent(
            problem -> {
              throw new Illegal(problem);
            });
    return k;
  }

  private static long parExtent(Stmt body) {
    Stmt s = body;
    while (s instanceof Alloc || s instanceof Let) {
      s = s instanceof Alloc a ? a.body() : ((Let) s).body();
    }
    if (!(s instanceof For f) || f.kind() != Kind.PAR) {
      return 1;
    }
    return f.isConstant() ? f.trip() : -1;
  }
}
