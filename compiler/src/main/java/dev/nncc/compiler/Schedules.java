package dev.nncc.compiler;

import dev.nncc.codegen.llvm.toolchain.LlvmTarget;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.schedule.AutoSchedule;
import dev.nncc.tensor.schedule.Machine;

/** What scheduling needs to know of a processor. */
final class Schedules {
  private Schedules() {}

  static Kernel best(Kernel kernel, LlvmTarget target) {
    return AutoSchedule.schedule(kernel, machine(target)).kernel();
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
