package dev.nncc.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ArgumentsTest {
  @Test
  void foldersFollowTheRoot() {
    Arguments a =
        Arguments.parse("table", "--models", "lenet,unet", "--resume", "--root", "/checkout");
    assertThat(a.command()).isEqualTo(Arguments.Command.TABLE);
    assertThat(a.models()).containsExactly("lenet", "unet");
    assertThat(a.threads()).containsExactly(1, 2);
    assertThat(a.resume()).isTrue();
    assertThat(a.results()).isEqualTo(Path.of("/checkout/benchmarks/RESULTS.md"));
  }

  @Test
  void wrongWordsAreNamed() {
    assertThatThrownBy(() -> Arguments.parse("tabel")).hasMessageContaining("tabel");
    assertThatThrownBy(() -> Arguments.parse("table", "--model", "x"))
        .hasMessageContaining("--model");
    assertThatThrownBy(() -> Arguments.parse("table", "--models")).hasMessageContaining("--models");
    assertThatThrownBy(() -> Arguments.parse()).hasMessageContaining("no command");
  }
}
