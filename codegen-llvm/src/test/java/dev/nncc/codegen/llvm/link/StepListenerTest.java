package dev.nncc.codegen.llvm.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.runtime.Context;
import dev.nncc.runtime.ContextOptions;
import dev.nncc.runtime.Model;
import dev.nncc.runtime.NnccException;
import dev.nncc.runtime.Status;
import dev.nncc.runtime.StepListener;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Someone listens to the steps of a run. */
class StepListenerTest {
  @TempDir static Path folder;
  static Path library;

  @BeforeAll
  static void build() throws Exception {
    library = SampleLibrary.build(folder, "listened", 0.5f, 4);
  }

  private static void run(Model model, ContextOptions options, StepListener listener) {
    try (Context context = model.newContext(options.withSteps(listener))) {
      float[] x = new float[SampleLibrary.ELEMENTS];
      java.util.Arrays.fill(x, 2);
      context.setInput(0, x);
      context.run();
      context.run();
    }
  }

  @Test
  void hearsEachStepAndSeesTheArena() {
    try (Model model = Model.load(library)) {
      long bytes = model.arenaBytes();
      ByteBuffer memory = ByteBuffer.allocateDirect(Math.toIntExact(bytes) + 64);
      ByteBuffer arena = memory.alignedSlice(64).order(ByteOrder.nativeOrder());
      List<String> heard = new ArrayList<>();
      run(
          model,
          ContextOptions.DEFAULT.withArena(arena),
          (step, kernel) -> {
            heard.add(step + " " + kernel);
            float t = arena.asFloatBuffer().get(16);
            assertThat(t).isEqualTo(2 * SampleLibrary.weight(0.5f, 0));
            return false;
          });
      assertThat(heard).hasSizeGreaterThan(2).startsWith("0 0");
      assertThat(heard.subList(0, heard.size() / 2))
          .isEqualTo(heard.subList(heard.size() / 2, heard.size()));
    }
  }

  @Test
  void stopsTheRun() {
    try (Model model = Model.load(library)) {
      List<Integer> heard = new ArrayList<>();
      assertThatThrownBy(
              () -> run(model, ContextOptions.DEFAULT, (step, kernel) -> heard.add(step)))
          .isInstanceOfSatisfying(
              NnccException.class, e -> assertThat(e.status()).isEqualTo(Status.CANCELLED));
      assertThat(heard).containsExactly(0);
    }
  }

  @Test
  void itsExceptionEndsTheRun() {
    try (Model model = Model.load(library)) {
      StepListener fails =
          (step, kernel) -> {
            throw new IllegalStateException("enough");
          };
      assertThatThrownBy(() -> run(model, ContextOptions.DEFAULT, fails)).hasMessage("enough");
    }
  }
}
