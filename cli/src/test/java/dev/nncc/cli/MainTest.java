package dev.nncc.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class MainTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int nncc(String... args) {
    return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
  }

  @Test
  void versionIsOneLine() {
    assertThat(nncc("--version")).isEqualTo(ExitCodes.DONE);
    assertThat(out.toString()).startsWith("nncc ").hasLineCount(1);
  }

  @Test
  void helpShowsExamples() {
    assertThat(nncc("--help")).isEqualTo(ExitCodes.DONE);
    assertThat(out.toString()).contains("Usage: nncc", "Examples:", "nncc compile model.onnx");
  }

  @Test
  void aWrongCommandIsAUsageError() {
    assertThat(nncc("compyle")).isEqualTo(ExitCodes.USAGE);
    assertThat(err.toString()).contains("compyle");
  }

  @Test
  void noCommandIsAUsageError() {
    assertThat(nncc()).isEqualTo(ExitCodes.USAGE);
    assertThat(err.toString()).contains("which command?", "nncc --help");
  }

  /** Options that take one of several words, with the name of their command in front. */
  static List<Arguments> optionsOfWords() {
    List<Arguments> all = new ArrayList<>();
    new CommandLine(new Nncc())
        .getSubcommands()
        .forEach(
            (command, line) ->
                line.getCommandSpec().options().stream()
                    .filter(o -> Stream.of(o.auxiliaryTypes()).anyMatch(Class::isEnum))
                    .forEach(o -> all.add(Arguments.of(command, o.longestName()))));
    return all;
  }

  @ParameterizedTest
  @MethodSource("optionsOfWords")
  void wordsAreListedAsTheyAreWritten(String command, String option) {
    assertThat(nncc(command, option, "nonsense")).isEqualTo(ExitCodes.USAGE);
    assertThat(err.toString())
        .startsWith("nncc: Invalid value for option '" + option + "'")
        .containsPattern(
            option.equals("--layout")
                ? "'nonsense' is none of NCHW, NHWC\n"
                : "'nonsense' is none of [a-z0-9]+(, [a-z0-9]+)*\n");
  }
}
