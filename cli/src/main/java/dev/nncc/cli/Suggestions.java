package dev.nncc.cli;

import dev.nncc.graph.NearNames;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** What may have been meant by a word that is no command or option. */
final class Suggestions {
  private Suggestions() {}

  /** Names close to the word, the closest first. */
  static List<String> of(CommandLine command, String word) {
    CommandSpec spec = command.getCommandSpec();
    List<String> names = new ArrayList<>();
    if (word.startsWith("-")) {
      spec.options().forEach(o -> names.add(o.longestName()));
    } else {
      spec.subcommands()
          .forEach(
              (name, sub) -> {
                if (!sub.getCommandSpec().usageMessage().hidden()) {
                  names.add(name);
                }
              });
    }
    return NearNames.of(word.replaceFirst("=.*", ""), names);
  }
}
