package dev.nncc.codegen.llvm.link;

import static dev.nncc.codegen.llvm.link.PlanModels.SMALL;
import static dev.nncc.codegen.llvm.link.PlanModels.TRACE_LENGTH;
import static dev.nncc.codegen.llvm.link.PlanModels.list;
import static dev.nncc.codegen.llvm.link.PlanModels.longs;
import static dev.nncc.codegen.llvm.link.PlanModels.trace;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.codegen.llvm.plan.ArgSpec;
import dev.nncc.codegen.llvm.plan.Extent;
import dev.nncc.codegen.llvm.plan.StepSpec;
import dev.nncc.codegen.llvm.plan.StepSpec.Call;
import dev.nncc.codegen.llvm.plan.TensorSpec;
import dev.nncc.runtime.Context;
import dev.nncc.runtime.ContextOptions;
import dev.nncc.runtime.Model;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls that share a launch. */
class LaunchTest {
  @TempDir Path folder;

  @Test
  void callsBesideEachOtherAreOneLaunch() throws Exception {
    List<Integer> extents = List.of(7, 1, 40);
    List<Integer> chunks = List.of(3, 1, 9);
    StepSpec[] steps = new StepSpec[3];
    List<TensorSpec> outputs = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      outputs.add(list(4 * extents.get(i)));
      Call call = new Call(4, List.of(ArgSpec.output(i)), Extent.of(extents.get(i)), chunks.get(i));
      steps[i] = i == 0 ? call : call.besidePrevious();
    }
    try (Model model =
        PlanModels.link(folder, List.of(), outputs, SMALL, List.of(), List.of(), steps)) {
      List<Integer> seen = new ArrayList<>();
      ContextOptions watched =
          ContextOptions.DEFAULT.withSteps(
              (step, kernel) -> {
                seen.add(step);
                return false;
              });
      for (ContextOptions options :
          List.of(
              ContextOptions.DEFAULT.withThreads(1),
              ContextOptions.DEFAULT.withThreads(2),
              ContextOptions.DEFAULT.withThreads(5),
              watched)) {
        try (Context context = model.newContext(options)) {
          for (int run = 0; run < 100; run++) {
            for (int o = 0; o < 3; o++) {
              context.output(o).putLong(0, -1);
            }
            context.run();
            for (int o = 0; o < 3; o++) {
              int n = chunks.get(o);
              List<Long> y = longs(context, o);
              for (int c = 0; c < n; c++) {
                long lo = (long) extents.get(o) * c / n;
                long hi = (long) extents.get(o) * (c + 1) / n;
                for (long i = lo; i < hi; i++) {
                  assertThat(y.subList((int) (4 * i + 1), (int) (4 * i + 4)))
                      .containsExactly(lo, hi, i);
                }
              }
            }
          }
        }
      }
      assertThat(seen.subList(0, 6)).as("watched one by one").containsExactly(0, 1, 2, 0, 1, 2);
    }
  }

  @Test
  void nothingIsBesideALoop() {
    Call alone = trace(1);
    assertThatThrownBy(
            () ->
                PlanModels.link(
                    folder,
                    List.of(),
                    List.of(list(TRACE_LENGTH)),
                    SMALL,
                    List.of(),
                    List.of(),
                    new StepSpec.Loop(0, Extent.of(2), List.of(alone)),
                    alone.besidePrevious()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("beside");
  }
}
