package dev.nncc.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.compiler.CompileException;
import dev.nncc.compiler.run.RunException;
import dev.nncc.graph.ModelException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FailuresTest {
  @TempDir Path folder;

  private final StringWriter err = new StringWriter();

  private int explain(Throwable failure) {
    Path crash = folder.resolve("crash");
    return new Failures(new PrintWriter(err, true), crash, "compile", "m.onnx").explain(failure);
  }

  private void says(Throwable failure, int code, String text) {
    assertThat(explain(failure)).isEqualTo(code);
    assertThat(err.toString()).isEqualTo("nncc: " + text + "\n");
    assertThat(folder.resolve("crash")).doesNotExist();
    err.getBuffer().setLength(0);
  }

  @Test
  void whatAUserCanCauseIsOneLine() {
    says(new ModelException("m.onnx: node 'a' is odd"), ExitCodes.MODEL, "m.onnx: node 'a' is odd");
    says(new CompileException("no such cpu"), ExitCodes.USAGE, "no such cpu");
    says(new RunException("x.npy is cut off"), ExitCodes.FILES, "x.npy is cut off");
    says(new NoSuchFileException("x"), ExitCodes.FILES, "no such file: x");
    says(new FileNotFoundException("x"), ExitCodes.FILES, "no such file: x");
    says(new AccessDeniedException("x"), ExitCodes.FILES, "no permission: x");
    says(new UncheckedIOException(new IOException("disk full")), ExitCodes.FILES, "disk full");
    says(new IOException(), ExitCodes.FILES, "IOException");
  }

  /** The linker runs in the same terminal, and may end before we are told to. */
  @Test
  void anInterruptionIsNoFaultOfOurs() {
    String text = "interrupted while lld ran";
    says(new CancellationException(text), ExitCodes.INTERRUPTED, text);
  }

  @Test
  void nothingIsSaidOfWhatFailsWhileTheProcessEnds() throws Exception {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    Process process =
        new ProcessBuilder(
                java.toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Ending.class.getName(),
                folder.resolve("crash").toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(said).isEqualTo("exit code 130\n");
    assertThat(process.waitFor()).isZero();
    assertThat(folder.resolve("crash")).doesNotExist();
  }

  /** Fails while it ends. */
  static final class Ending {
    private Ending() {}

    public static void main(String[] args) {
      PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
      Failures failures = new Failures(out, Path.of(args[0]), "compile", "m.onnx");
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () ->
                      out.println(
                          "exit code " + failures.explain(new IllegalStateException("gone")))));
    }
  }

  @Test
  void aFaultOfOursIsToldWithoutATraceWhichLiesInAFile() throws IOException {
    int code = explain(new IllegalStateException("arena end 1 < 2\nand more"));
    assertThat(code).isEqualTo(ExitCodes.INTERNAL);
    assertThat(err.toString())
        .startsWith("nncc: internal error: IllegalStateException: arena end 1 < 2\n")
        .contains("please report it with the text of " + folder)
        .doesNotContain("\tat ");
    List<Path> files;
    try (Stream<Path> list = Files.list(folder.resolve("crash"))) {
      files = list.toList();
    }
    assertThat(files).hasSize(1);
    assertThat(Files.readString(files.get(0)))
        .contains("nncc compile m.onnx", "arena end 1 < 2", "FailuresTest.java");
  }
}
