package dev.nncc.codegen.llvm.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.runtime.Context;
import dev.nncc.runtime.ContextOptions;
import dev.nncc.runtime.DType;
import dev.nncc.runtime.Model;
import dev.nncc.runtime.TensorInfo;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Kernels as LLVM text, plan and weights, through the linker to a library that Java loads. */
class LibraryTest {
  @TempDir static Path folder;
  static Path library;

  @BeforeAll
  static void build() throws Exception {
    library = SampleLibrary.build(folder, "sample", 0.5f, 8);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void computesTheSameWithAnyNumberOfThreads(int threads) {
    try (Model model = Model.load(library);
        Context context = model.newContext(ContextOptions.DEFAULT.withThreads(threads))) {
      assertThat(context.threads()).isEqualTo(threads);
      float[] x = new float[SampleLibrary.ELEMENTS];
      for (int run = 0; run < 1000; run++) {
        for (int i = 0; i < x.length; i++) {
          x[i] = i % 7 - 3 + run;
        }
        context.setInput(0, x);
        context.run();
        float[] y = context.outputFloats(0);
        for (int i = 0; i < x.length; i++) {
          assertThat(y[i]).isEqualTo(2 * (x[i] * SampleLibrary.weight(0.5f, i)));
        }
      }
    }
  }

  @Test
  void describesTheModel() {
    try (Model model = Model.load(library)) {
      assertThat(model.name()).isEqualTo("sample");
      assertThat(model.compilerVersion()).isEqualTo("0.1.0");
      assertThat(model.sourceHash()).isEqualTo(0x1234_5678_9abc_def0L);
      assertThat(model.weightBytes()).isEqualTo(4L * SampleLibrary.ELEMENTS);
      assertThat(model.flops()).isEqualTo(2.0 * SampleLibrary.ELEMENTS);
      assertThat(model.inputs())
          .containsExactly(
              new TensorInfo(
                  "x", DType.F32, List.of(1L, 37L, 16L), List.of(1L, 37L, 16L), 4L * 37 * 16));
      assertThat(model.outputs().get(0).name()).isEqualTo("ergebnis_ü");
    }
  }
}
