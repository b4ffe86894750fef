package dev.nncc.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Words on the command line that mean nothing where they stand: said, never passed over. */
class MeaninglessWordsTest {
  private static final Path DIGITS = Path.of("../models/digits/digits.onnx");
  private static final Path THREE = Path.of("../models/digits/three.png");

  @TempDir static Path folder;

  private static Path library;

  @BeforeAll
  static void compile() {
    library = folder.resolve("out");
    assertThat(CommandRun.of("compile", DIGITS, "-o", library, "-q").code()).isZero();
  }

  private static void refused(int code, String says, Object... words) {
    CommandRun run = CommandRun.of(words);
    assertThat(run.err()).as(List.of(words).toString()).startsWith("nncc: ").contains(says);
    assertThat(run.err()).doesNotContain("internal");
    assertThat(run.out()).isEmpty();
    assertThat(run.code()).isEqualTo(code);
  }

  @Test
  void numbersOutOfTheirRange() {
    refused(ExitCodes.USAGE, "'-1' is no whole number", "run", library, "--threads", "-1");
    refused(ExitCodes.USAGE, "'1.5' is no whole number", "run", library, "--seed", "1.5");
    refused(ExitCodes.USAGE, "'1.5' is no whole number", "bench", library, "--seed", "1.5");
    refused(ExitCodes.USAGE, "'0' is no whole number of 1", "run", library, THREE, "--top", "0");
    refused(ExitCodes.USAGE, "'0' is no number above 0", "bench", library, "--seconds", "0");
    refused(ExitCodes.USAGE, "'nan' is no number", "bench", library, "--seconds", "nan");
    refused(ExitCodes.USAGE, "'-1' is no whole number", "compile", DIGITS, "--jobs", "-1");
    refused(ExitCodes.USAGE, "such as 90s, 5m or 1h", "compile", DIGITS, "--tune", "5");
  }

  @Test
  void inputsThatTheModelDoesNotHave() {
    String says = "there is no input 'foo'; the inputs are image";
    refused(ExitCodes.FILES, says, "run", library, "foo=" + THREE);
    refused(ExitCodes.FILES, says, "verify", DIGITS, "--input", "foo=" + THREE, "-q");
    String image = "image=" + THREE;
    refused(ExitCodes.FILES, "input 'image' has two files", "run", library, image, image);
  }

  @Test
  void optionsOfCompilationForALibrary() {
    String says = " says how a model is compiled, and " + library + " is a library";
    refused(ExitCodes.USAGE, "--cpu" + says, "bench", library, "--cpu", "x86-64-v3");
    refused(ExitCodes.USAGE, "--tuning" + says, "bench", library, "--tuning", "a.tuning");
    refused(ExitCodes.USAGE, "--signature" + says, "inspect", library, "--signature", "s");
    refused(
        ExitCodes.FILES, "was compiled for one set of shapes", "bench", library, "--dim", "b=2");
  }

  @Test
  void placesThatCannotBeWritten() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "x");
    String says = " cannot be written: " + file + " is no folder";
    refused(ExitCodes.FILES, says, "compile", DIGITS, "-o", file.resolve("out"), "-q");
    refused(ExitCodes.FILES, says, "report", DIGITS, "-o", file.resolve("page.html"), "-q");
    refused(ExitCodes.FILES, says, "run", library, THREE, "--save", file);
    Path none = folder.resolve("none");
    refused(
        ExitCodes.FILES,
        "cannot be written: there is no folder " + none,
        "opt",
        DIGITS,
        "-o",
        none.resolve("d.nn"));
  }

  @Test
  void tuningForAnotherMachine() {
    refused(
        ExitCodes.USAGE,
        "--tune runs kernels on this machine, which cannot run code for aarch64-linux generic",
        "compile",
        DIGITS,
        "-q",
        "--tune",
        "1s",
        "--target",
        "aarch64-linux",
        "--cpu",
        "generic",
        "-o",
        folder.resolve("tuned"),
        "--tuning",
        folder.resolve("t.tuning"));
  }

  @Test
  void withoutALibraryThereIsNoSizeOfOne() {
    CommandRun run =
        CommandRun.of("compile", DIGITS, "-o", folder.resolve("nn"), "--emit", "nn", "-q");
    assertThat(run.out()).contains("digits.nn").doesNotContain("library");
  }

  @Test
  void statesAreNamed() {
    Path gpt = folder.resolve("gpt.onnx");
    assertThat(CommandRun.of("zoo", "gpt", "-o", gpt).code()).isZero();
    Path out = folder.resolve("gpt");
    String tie = "present.*.key=past_key_values.*.key";
    CommandRun run = CommandRun.of("compile", gpt, "-o", out, "--state", tie, "-q");
    String states = "past_key_values.0.key, past_key_values.1.key";
    assertThat(run.out()).contains("\nstates   " + states + "\n");
    assertThat(CommandRun.of("inspect", out).out())
        .contains("\nstate      past_key_values.0.key: f32[");
  }

  @Test
  void theColumnsOfOperatorsAreThoseThatTheFormatHas() {
    assertThat(CommandRun.of("ops", "--frontend", "caffe").out())
        .startsWith("layer ")
        .contains("\nPReLU")
        .doesNotContain("versions", "caffe.");
    assertThat(CommandRun.of("ops").out()).startsWith("operator ").contains("versions");
  }
}
