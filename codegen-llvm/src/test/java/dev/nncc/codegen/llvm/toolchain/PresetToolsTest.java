package dev.nncc.codegen.llvm.toolchain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With shell scripts in place of the linker. */
class PresetToolsTest {
  @TempDir Path folder;

  private String run(String script) throws IOException {
    Path program = Files.writeString(folder.resolve("lld"), "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    return PresetTools.run(program, List.of("word"));
  }

  @Test
  void aFailureHasTheProgramsText() throws IOException {
    assertThat(run("echo $1")).isEqualTo("word\n");
    assertThatThrownBy(() -> run("echo no such option; exit 1"))
        .isInstanceOf(CodegenException.class)
        .hasMessage("lld failed (1): no such option");
  }

  @Test
  void aProgramThatIsToldToEndIsInterrupted() {
    for (String script : List.of("kill -TERM $$", "exit 129", "exit 130", "exit 143")) {
      assertThatThrownBy(() -> run(script))
          .as(script)
          .isInstanceOf(CancellationException.class)
          .hasMessage("interrupted while lld ran");
    }
  }

  /** A full disk and a full memory are no faults of ours. */
  @Test
  void whatTheMachineLacksIsSaid() {
    for (String signal : List.of("BUS", "KILL")) {
      assertThatThrownBy(() -> run("echo PLEASE submit a bug report; kill -" + signal + " $$"))
          .isInstanceOf(UncheckedIOException.class)
          .cause()
          .hasMessageStartingWith("lld ")
          .hasMessageEndingWith(signal.equals("BUS") ? "disk may be full" : "out of memory");
    }
    assertThatThrownBy(() -> run("kill -SEGV $$"))
        .isInstanceOf(CodegenException.class)
        .hasMessageStartingWith("lld failed (139): ");
  }
}
