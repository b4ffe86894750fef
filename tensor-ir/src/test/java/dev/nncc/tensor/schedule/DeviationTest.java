package dev.nncc.tensor.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.text.Parser;
import dev.nncc.tensor.text.Printer;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class DeviationTest {
  @TestFactory
  Stream<DynamicTest> everyDeviationKeepsTheMeaningAndItsScriptMakesTheSameKernel() {
    return Families.all().stream().map(f -> DynamicTest.dynamicTest(f.name(), () -> check(f)));
  }

  private static void check(Families.Family f) {
    for (Deviation d : Deviation.all()) {
      Map<String, Integer> sizes = f.sizes().get(0);
      Kernel naive = Parser.parse(f.at(sizes));
      AutoSchedule.Scheduled s = AutoSchedule.schedule(naive, Machine.AVX512, d);
      String how = f.name() + " " + sizes + " " + d + "\n" + s.script();
      assertThat(Emittable.problem(s.kernel())).as(how).isEmpty();
      Kernels.assertSame(naive, s.kernel(), 3, Map.of(), how);
      assertThat(Printer.print(AutoSchedule.replay(naive, s.script())))
          .as(how)
          .isEqualTo(Printer.print(s.kernel()));
    }
  }

  @Test
  void aConvolutionHasSeveralSchedulesAndTheRuleIsTheFirst() {
    Kernel naive =
        Parser.parse(Families.CONV.at(Map.of("IB", 4, "BO", 4, "OB", 8, "H", 28, "W", 28, "G", 2)));
    Set<String> scripts = new LinkedHashSet<>();
    scripts.add(AutoSchedule.schedule(naive, Machine.AVX512).script());
    assertThat(scripts)
        .containsExactly(AutoSchedule.schedule(naive, Machine.AVX512, Deviation.NONE).script());
    for (Deviation d : Deviation.all()) {
      scripts.add(AutoSchedule.schedule(naive, Machine.AVX512, d).script());
    }
    assertThat(scripts).hasSizeGreaterThan(4);
  }

  @Test
  void aScriptOfAnotherKernelIsRefused() {
    Kernel naive = Parser.parse("kernel o(X: f32 [64,8]) for i < 64, j < 8 X[i, j] = 1.0");
    assertThatThrownBy(() -> AutoSchedule.replay(naive, "split nothing 14 -> a b"))
        .isInstanceOf(Illegal.class);
    assertThatThrownBy(() -> AutoSchedule.replay(naive, "jump i")).isInstanceOf(Illegal.class);
  }
}
