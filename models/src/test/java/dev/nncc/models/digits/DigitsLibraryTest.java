package dev.nncc.models.digits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.compiler.CompileListener;
import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.Compiler;
import dev.nncc.runtime.Context;
import dev.nncc.runtime.ContextOptions;
import dev.nncc.runtime.Model;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The digits model as its users have it: a compiled library. */
class DigitsLibraryTest {
  private static final Path FOLDER = Path.of("digits");

  @TempDir Path out;

  @Test
  void recognisesHeldOutDigits() throws IOException {
    new Compiler(CompileListener.NONE)
        .compile(FOLDER.resolve("digits.onnx"), out, CompileOptions.DEFAULT);
    List<HeldOutDigits.Digit> digits = HeldOutDigits.read(FOLDER.resolve("held-out"));
    int right = 0;
    try (Model model = Model.load(out.resolve("libdigits.so"));
        Context context = model.newContext(ContextOptions.DEFAULT.withThreads(1))) {
      for (HeldOutDigits.Digit digit : digits) {
        context.setInput(0, digit.input());
        context.run();
        right += best(context.outputFloats(0)) == digit.label() ? 1 : 0;
      }
    }
    assertThat(digits).hasSize(2000);
    // ONNX Runtime finds 1996 of them; a few lie so near a border that rounding decides.
    assertThat(right).isBetween(1994, 1998);
  }

  private static int best(float[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      best = values[i] > values[best] ? i : best;
    }
    return best;
  }
}
