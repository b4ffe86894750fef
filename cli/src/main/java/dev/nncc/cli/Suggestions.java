package dev.nncc.cli;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** What may have been meant by a word that is no command or option. */
final class Suggestions {
  private static final int MOST = 3;

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
    return close(names, word.replaceFirst("=.*", ""));
  }

  /** Names that end in or contain the word, else names close to it, the closest first. */
  static List<String> among(Collection<String> names, String word) {
    String small = word.toLowerCase(Locale.ROOT);
    List<String> containing = new ArrayList<>();
    for (String name : names) {
      if (!word.isEmpty() && name.toLowerCase(Locale.ROOT).contains(small)) {
        containing.add(name);
      }
    }
    containing.sort(
        Comparator.comparing((String n) -> !n.toLowerCase(Locale.ROOT).endsWith(small))
            .thenComparing(String::length));
    return containing.isEmpty()
        ? close(new ArrayList<>(names), word)
        : containing.subList(0, Math.min(MOST, containing.size()));
  }

  private static List<String> close(List<String> names, String word) {
    names.removeIf(
        name ->
            Math.abs(name.length() - word.length()) > limit(name)
                || distance(word, name) > limit(name));
    names.sort(Comparator.comparing((String name) -> distance(word, name)).thenComparing(n -> n));
    return names.subList(0, Math.min(MOST, names.size()));
  }

  private static int limit(String name) {
    return Math.max(2, name.length() / 3);
  }

  /** Letters to insert, drop or replace, neighbours swapped counting once. */
  private static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int replaced = d[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        d[i][j] = Math.min(replaced, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        if (swapped) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
