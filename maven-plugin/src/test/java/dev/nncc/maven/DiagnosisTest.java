package dev.nncc.maven;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

class DiagnosisTest {
  private static final Path BASE = Path.of("/project");
  private static final Path MODEL = BASE.resolve("src/m.onnx");

  private static Diagnosis of(Throwable failure) {
    return Diagnosis.of(MODEL, BASE, failure);
  }

  @Test
  void anInterruptionIsNoFaultOfNncc() {
    Diagnosis d = of(new CancellationException("interrupted while ld.lld ran"));
    assertThat(d.text()).isEqualTo("src/m.onnx: interrupted while ld.lld ran");
    assertThat(d.shownCause()).isNull();
  }

  @Test
  void aFileThatIsMissingIsNamedUnlessItIsTheModel() {
    assertThat(of(new NoSuchFileException(MODEL.toString())).text())
        .isEqualTo("src/m.onnx: no such file");
    assertThat(of(new NoSuchFileException("/w")).text()).endsWith(": no such file: /w");
  }

  @Test
  void anythingElseIsAFaultWhoseStackIsShown() {
    RuntimeException failure = new IllegalStateException("first\nsecond");
    Diagnosis d = of(failure);
    assertThat(d.text())
        .isEqualTo("src/m.onnx: internal error of nncc: IllegalStateException: first");
    assertThat(d.shownCause()).isSameAs(failure);
  }
}
