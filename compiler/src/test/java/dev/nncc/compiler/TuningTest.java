package dev.nncc.compiler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.codegen.llvm.toolchain.LlvmTarget;
import dev.nncc.codegen.llvm.toolchain.Machine;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.schedule.Deviation;
import dev.nncc.tensor.text.Parser;
import dev.nncc.tensor.text.Printer;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TuningTest {
  private static final LlvmTarget TARGET = LlvmTarget.of(Machine.X86_64, "x86-64-v4");
  private static final Kernel KERNEL =
      Parser.parse(
          """
          kernel nncc_k7_gemm(A: f32 [24,64], B: f32 [64,64], C: f32 [24,64])
          for i < 24, j < 64, k < 64 C[i, j] = reduce + (k) A[i, k] * B[k, j]
          """);

  private static Tuning of(Deviation d) {
    String script = Schedules.deviating(KERNEL, TARGET, d).script();
    return new Tuning(
        Map.of(
            Tuning.key(KERNEL, TARGET.cpu()),
            new Tuning.Entry(Tuning.shape(KERNEL) + ": 1 ms", script)));
  }

  @Test
  void theTextIsReadAsItWasWritten() {
    Tuning t = of(Deviation.all().get(0));
    assertThat(t.print())
        .startsWith("# nncc tuning 1\nkernel ")
        .contains(" x86-64-v4 # gemm [24,64] [64,64] [24,64]: 1 ms\n  split ");
    assertThat(Tuning.parse(t.print())).isEqualTo(t);
    assertThat(Tuning.parse("# only a comment\n\n")).isEqualTo(Tuning.NONE);
    assertThatThrownBy(() -> Tuning.parse("# x\n  split i 2 -> a b\n"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("line 2 ");
    assertThatThrownBy(() -> Tuning.parse("kernel abc\n")).hasMessageContaining("kernel abc");
  }

  @Test
  void joinedFilesAreOneAndTheLaterEntryCounts() {
    Tuning first = of(Deviation.all().get(0));
    Tuning second = of(Deviation.all().get(4));
    assertThat(first).isNotEqualTo(second);
    assertThat(Tuning.parse(first.print() + second.print())).isEqualTo(second);
    assertThat(first.and(second)).isEqualTo(second);
    assertThat(first.and(Tuning.NONE)).isEqualTo(first);
  }

  @Test
  void aKernelIsKnownByWhatItComputesNotByItsName() {
    Kernel renamed = new Kernel("nncc_k1_gemm", KERNEL.args(), KERNEL.dims(), KERNEL.body());
    Tuning t = of(Deviation.all().get(0));
    Kernel tuned = t.apply(renamed, TARGET).orElseThrow();
    String rule = Printer.print(Schedules.best(renamed, TARGET));
    assertThat(Printer.print(tuned)).isNotEqualTo(rule);
    Parts.Scheduler over = t.over(Schedules::best);
    assertThat(Printer.print(over.schedule(renamed, TARGET))).isEqualTo(Printer.print(tuned));
    // Another processor has not been measured.
    LlvmTarget other = LlvmTarget.of(Machine.X86_64, "x86-64-v3");
    assertThat(t.apply(renamed, other)).isEmpty();
    assertThat(Printer.print(over.schedule(renamed, other)))
        .isEqualTo(Printer.print(Schedules.best(renamed, other)));
  }

  @Test
  void aScheduleThatNoLongerFitsIsLeftToTheRule() {
    Tuning t =
        new Tuning(
            Map.of(
                Tuning.key(KERNEL, TARGET.cpu()), new Tuning.Entry("", "split gone 4 -> a b\n")));
    assertThat(t.apply(KERNEL, TARGET)).isEmpty();
    assertThat(Printer.print(t.over(Schedules::best).schedule(KERNEL, TARGET)))
        .isEqualTo(Printer.print(Schedules.best(KERNEL, TARGET)));
  }
}
