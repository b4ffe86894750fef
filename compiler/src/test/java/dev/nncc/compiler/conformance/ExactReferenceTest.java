package dev.nncc.compiler.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.compiler.run.Tolerance;
import dev.nncc.compiler.run.Tolerance.Verdict;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExactReferenceTest {
  @TempDir Path folder;

  /** {@code y = relu(x)} is exactly 1 here. */
  private Verdict verdict(float ours, float stored) throws IOException {
    Path model = OnnxFiles.unary(folder.resolve("m.onnx"), "Relu");
    ImportOptions imports = ImportOptions.NONE.withInputShape("x", List.of(1L));
    Tensor x = Tensor.ofFloats(Shape.of(1), 1);
    Tensor actual = Tensor.ofFloats(Shape.of(1), ours);
    Tensor expected = Tensor.ofFloats(Shape.of(1), stored);
    Verdict first = Tolerance.DEFAULT.check("y", actual, expected);
    assertThat(first.passed()).isFalse();
    return new ExactReference(model, imports, List.of(x))
        .reconsider(first, Tolerance.DEFAULT, 0, actual, expected);
  }

  @Test
  void aStoredOutputThatIsItselfOffDoesNotCondemnAnExactOne() throws IOException {
    Verdict v = verdict(1, 1.00003f);
    assertThat(v.passed()).isTrue();
    assertThat(v.text()).endsWith("; exact arithmetic: 0.0 from ours, 3.0e-05 from the stored");
  }

  @Test
  void ourOwnErrorIsNotExcused() throws IOException {
    assertThat(verdict(1.00003f, 1).passed()).isFalse();
    assertThat(verdict(1.00002f, 1.00004f).passed()).isFalse();
  }

  @Test
  void aLargeDifferenceIsNoMatterOfRounding() throws IOException {
    assertThat(verdict(1, 1.001f).passed()).isFalse();
  }
}
