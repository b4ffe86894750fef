package dev.nncc.compiler;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class MemoryLimitTest {
  @Test
  void whatNoLibraryCanHoldIsToldBeforeItIsLinked() {
    assertThatCode(() -> MemoryLimit.checkFile("m", 2_000_000_000, 5)).doesNotThrowAnyException();
    assertThatThrownBy(() -> MemoryLimit.checkFile("m", 2_100_000_000, 0))
        .isInstanceOf(CompileException.class)
        .hasMessageContaining("m has 2.10 GB of weights")
        .hasMessageContaining("--precision bf16")
        .hasMessageNotContaining("--expand-weights");
    assertThatThrownBy(() -> MemoryLimit.checkFile("m", 2_100_000_000, 300_000_000))
        .isInstanceOf(CompileException.class)
        .hasMessageEndingWith("'--expand-weights load' stores 300.0 MB less");
  }
}
