package dev.nncc.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
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
    String plain = word.replaceFirst("=.*", "");
    names.removeIf(name -> distance(plain, name) > Math.max(2, name.length() / 3));
    names.sort(Comparator.comparing((String name) -> distance(plain, name)).thenComparing(n -> n));
    return names.subList(0, Math.min(MOST, names.size()));
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
