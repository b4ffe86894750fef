package dev.nncc.graph;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What may have been meant by a name that nothing has. */
public final class NearNames {
  private static final int MOST = 3;

  private static final int LISTED = 12;

  /** Longer names are compared by these many letters of their ends. */
  private static final int LETTERS = 200;

  private NearNames() {}

  /**
   * The names closest to a word, the closest first, at most three: those that hold it, else those
   * that a few letters turn into it, large or small.
   */
  public static List<String> of(String word, Collection<String> names) {
    Map<String, Integer> distances = new TreeMap<>();
    for (String name : names) {
      String small = name.toLowerCase(Locale.ROOT);
      String wanted = word.toLowerCase(Locale.ROOT);
      int d = small.contains(wanted) || wanted.contains(small) ? 0 : distance(wanted, small);
      if (!name.isEmpty() && d <= Math.max(2, word.length() / 3)) {
        distances.put(name, d);
      }
    }
    if (distances.containsValue(0)) {
      distances.values().removeIf(d -> d > 0);
    }
    Comparator<String> byDistance = Comparator.comparing(n -> distances.getOrDefault(n, 0));
    return distances.keySet().stream()
        .sorted(
            byDistance
                .thenComparing(n -> Math.abs(n.length() - word.length()))
                .thenComparing(Comparator.naturalOrder()))
        .limit(MOST)
        .toList();
  }

  /** {@code "; close to it: a, b"}; empty if nothing is close. */
  public static String hint(String word, Collection<String> names) {
    List<String> near = of(word, names);
    return near.isEmpty() ? "" : "; close to it: " + String.join(", ", near);
  }

  /** The same, or where nothing is close the names that there are: {@code "; outputs: a, b"}. */
  public static String hint(
      String word, Collection<String> names, String what, Collection<String> all) {
    String near = hint(word, names);
    return near.isEmpty() && !all.isEmpty() ? "; " + what + ": " + some(all) : near;
  }

  /** The first names of many: {@code a, b, c and 7 more}. */
  public static String some(Collection<String> names) {
    String first = names.stream().limit(LISTED).collect(Collectors.joining(", "));
    return names.size() > LISTED ? first + " and " + (names.size() - LISTED) + " more" : first;
  }

  /** Letters to insert, drop or replace. */
  private static int distance(String a, String b) {
    String s = a.substring(Math.max(0, a.length() - LETTERS));
    String t = b.substring(Math.max(0, b.length() - LETTERS));
    int[] row = new int[t.length() + 1];
    for (int j = 0; j <= t.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= s.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= t.length(); j++) {
        int replaced = diagonal + (s.charAt(i - 1) == t.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[t.length()];
  }
}
