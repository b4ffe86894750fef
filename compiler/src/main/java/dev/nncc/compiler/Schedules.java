package dev.nncc.compiler;

import dev.nncc.codegen.llvm.emit.Target;
import dev.nncc.codegen.llvm.toolchain.LlvmTarget;
import dev.nncc.passes.PassOptions;
import dev.nncc.passes.Precision;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.schedule.AutoSchedule;
import dev.nncc.tensor.schedule.Deviation;
import dev.nncc.tensor.schedule.Machine;
import java.util.List;

/** Schedules for processors by the rule, and beside it. */
public final class Schedules {
  private Schedules() {}

  static Kernel best(Kernel kernel, LlvmTarget target) {
    return deviating(kernel, target, Deviation.NONE).kernel();
  }

  /** Departing from the rule. */
  public static AutoSchedule.Scheduled deviating(
      Kernel kernel, LlvmTarget target, Deviation deviation) {
    return AutoSchedule.schedule(kernel, machine(target).withPairs(hasPairs(target)), deviation);
  }

  /** Whether sums of products of bf16 are one instruction. */
  static boolean hasPairs(LlvmTarget target) {
    return Target.of(target).hasBf16();
  }

  /** Unless all have instructions on bf16, nothing is won by rounding activations. */
  static PassOptions within(PassOptions options, List<LlvmTarget> targets) {
    return options.precision().equals(Precision.BF16)
            && !targets.stream().allMatch(Schedules::hasPairs)
        ? options.withPrecision(Precision.BF16_WEIGHTS)
        : options;
  }

  private static Machine machine(LlvmTarget target) {
    if (target.machine() == dev.nncc.codegen.llvm.toolchain.Machine.AARCH64) {
      return Machine.NEON;
    }
    boolean wide =
        target.has("avx512f")
            && target.has("avx512bw")
            && target.has("avx512vl")
            && target.has("avx512dq");
    return wide
        ? Machine.AVX512
        : target.has("avx2") && target.has("fma") ? Machine.AVX2 : Machine.SSE;
  }
}
