package dev.nncc.codegen.llvm.toolchain;

import java.util.List;

/**
 * What code is generated for.
 *
 * @param cpu LLVM's name of the processor, checked
 * @param features in LLVM's notation, {@code "+avx2,-avx512f"}; empty: those of the processor
 * @param required the instruction sets that such code may use and that a library checks before it
 *     runs, sorted
 */
public record LlvmTarget(Machine machine, String cpu, String features, List<String> required) {
  public LlvmTarget {
    required = List.copyOf(required);
  }

  /**
   * The target of a processor by name.
   *
   * @throws CodegenException when LLVM does not know it
   */
  public static LlvmTarget of(Machine machine, String cpu) {
    return new LlvmTarget(machine, cpu, "", CpuTable.load().features(machine, cpu));
  }

  /** Whether code may use an instruction set, by LLVM's name. */
  public boolean has(String feature) {
    return required.contains(feature);
  }

  /** {@code x86_64-linux znver5}. */
  public String text() {
    return machine.targetName() + " " + cpu;
  }
}
