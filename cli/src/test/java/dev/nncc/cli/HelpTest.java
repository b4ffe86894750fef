package dev.nncc.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/**
 * Names, defaults and descriptions of all options, as golden files: {@code -Dgolden.update}
 * rewrites them and fails all the same.
 */
class HelpTest {
  private static final Path GOLDEN = Path.of("src/test/resources/dev/nncc/cli/help");

  static List<String> commands() {
    return new CommandLine(new Nncc())
        .getSubcommands().entrySet().stream()
            .filter(e -> !e.getValue().getCommandSpec().usageMessage().hidden())
            .map(java.util.Map.Entry::getKey)
            .sorted()
            .toList();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandExplainsItself(String command) throws IOException {
    CommandRun help = CommandRun.of(command, "--help");
    if (!command.equals("help")) {
      assertThat(help.out()).contains("Usage: nncc " + command, "Examples:");
    }
    check(command, help.out());
    assertThat(help.code()).isZero();
  }

  @Test
  void theRootListsAllCommands() throws IOException {
    CommandRun help = CommandRun.of("--help");
    assertThat(help.out()).contains(commands());
    check("nncc", help.out());
  }

  private static void check(String name, String text) throws IOException {
    Path file = GOLDEN.resolve(name + ".txt");
    if (System.getProperty("golden.update") != null) {
      Files.createDirectories(GOLDEN);
      String before = Files.exists(file) ? Files.readString(file) : "";
      Files.writeString(file, text);
      assertThat(text).as("%s was rewritten: read it", file).isEqualTo(before);
    }
    assertThat(text).as("%s (-Dgolden.update rewrites it)", file).isEqualTo(Files.readString(file));
  }
}
