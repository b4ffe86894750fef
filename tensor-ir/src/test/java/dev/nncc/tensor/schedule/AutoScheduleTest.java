package dev.nncc.tensor.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.text.Parser;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class AutoScheduleTest {
  private static final List<Machine> MACHINES =
      List.of(Machine.AVX512, Machine.AVX2, Machine.SSE, Machine.NEON);

  @TestFactory
  Stream<DynamicTest> keepsTheMeaningAndCanBeEmitted() {
    return Families.all().stream().map(f -> DynamicTest.dynamicTest(f.name(), () -> check(f)));
  }

  private static void check(Families.Family f) {
    for (Machine m : MACHINES) {
      for (Map<String, Integer> sizes : f.sizes()) {
        Kernel naive = Parser.parse(f.at(sizes));
        AutoSchedule.Scheduled s = AutoSchedule.schedule(naive, m);
        String how = f.name() + " " + sizes + " for " + m.name() + "\n" + s.script();
        assertThat(Emittable.problem(s.kernel())).as(how).isEmpty();
        Kernels.assertSame(naive, s.kernel(), 3, Map.of(), how);
        Kernels.assertPrints(s.kernel());
      }
    }
  }

  @TestFactory
  Stream<DynamicTest> alsoTheKernelsOfTheDirectives() {
    return Kernels.all().stream()
        .map(t -> DynamicTest.dynamicTest(t.split("\\(")[0], () -> checkAll(t)));
  }

  private static void checkAll(String text) {
    for (Machine m : MACHINES) {
      Kernel naive = Parser.parse(text);
      AutoSchedule.Scheduled s = AutoSchedule.schedule(naive, m);
      Kernels.assertSame(naive, s.kernel(), 4, Map.of(), m.name() + "\n" + s.script());
    }
  }
}
