package dev.nncc.compiler;

import dev.nncc.codegen.llvm.toolchain.LlvmTarget;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.serial.SerialSchedule;

/** The schedule of a kernel for a processor. */
final class Schedules {
  private Schedules() {}

  static Kernel best(Kernel kernel, LlvmTarget target) {
    return SerialSchedule.schedule(kernel);
  }
}
