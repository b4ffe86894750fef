package dev.nncc.compiler.conformance;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nncc.compiler.conformance.Outcome.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The outcomes of many tests, counted by operator and by reason. */
public record Scoreboard(List<Outcome> outcomes) {
  public Scoreboard {
    List<Outcome> sorted = new ArrayList<>(outcomes);
    sorted.sort(Comparator.comparing(Outcome::name));
    outcomes = List.copyOf(sorted);
  }

  /** Tests with that end, by name. */
  public List<Outcome> of(Kind kind) {
    return outcomes.stream().filter(o -> o.kind() == kind).toList();
  }

  /** Whether nothing failed or was refused. */
  public boolean isClean() {
    return of(Kind.FAILED).isEmpty() && of(Kind.REFUSED).isEmpty();
  }

  /** The table and lists as people read them. */
  public String text() {
    StringBuilder s = new StringBuilder();
    table(s);
    list(s, "excused: the stored output is off, ours agrees with exact arithmetic", Kind.EXCUSED);
    list(s, "failed", Kind.FAILED);
    list(s, "refused", Kind.REFUSED);
    s.append(
        String.format(
            Locale.ROOT,
            "%d tests: %d passed, %d excused, %d failed, %d refused%n",
            outcomes.size(),
            of(Kind.PASSED).size(),
            of(Kind.EXCUSED).size(),
            of(Kind.FAILED).size(),
            of(Kind.REFUSED).size()));
    return s.toString();
  }

  private void table(StringBuilder s) {
    Map<String, int[]> rows = new TreeMap<>();
    for (Outcome o : outcomes) {
      for (String operator : o.operators()) {
        rows.computeIfAbsent(operator, k -> new int[Kind.values().length])[o.kind().ordinal()]++;
      }
    }
    int width = rows.keySet().stream().mapToInt(String::length).max().orElse(0);
    String format = "%-" + Math.max(width, 10) + "s %8s %8s %8s %8s %8s%n";
    s.append(String.format(format, "operator", "tests", "passed", "excused", "failed", "refused"));
    rows.forEach(
        (operator, n) ->
            s.append(
                String.format(
                    format,
                    operator,
                    Arrays.stream(n).sum(),
                    blank(n[0]),
                    blank(n[1]),
                    blank(n[2]),
                    blank(n[3]))));
    s.append('\n');
  }

  private static String blank(int n) {
    return n == 0 ? "." : Integer.toString(n);
  }

  /** Tests under each reason, the most frequent first. */
  private void list(StringBuilder s, String title, Kind kind) {
    Map<String, List<String>> byReason = new TreeMap<>();
    of(kind).forEach(o -> byReason.computeIfAbsent(o.why(), k -> new ArrayList<>()).add(o.name()));
    if (byReason.isEmpty()) {
      return;
    }
    List<Map.Entry<String, List<String>>> order = new ArrayList<>(byReason.entrySet());
    order.sort(Comparator.comparing(e -> -e.getValue().size()));
    s.append(title).append('\n');
    for (Map.Entry<String, List<String>> e : order) {
      s.append("  ").append(e.getKey()).append('\n');
      e.getValue().forEach(name -> s.append("    ").append(name).append('\n'));
    }
    s.append('\n');
  }

  /**
   * {@code {"total", "passed", "excused": [{"name", "why"}], "failed": [..], "refused": [..],
   * "tests": [..]}}.
   */
  public ObjectNode json() {
    ObjectNode o = JsonNodeFactory.instance.objectNode();
    o.put("total", outcomes.size()).put("passed", of(Kind.PASSED).size());
    reasons(o.putArray("excused"), Kind.EXCUSED);
    reasons(o.putArray("failed"), Kind.FAILED);
    reasons(o.putArray("refused"), Kind.REFUSED);
    ArrayNode tests = o.putArray("tests");
    for (Outcome t : outcomes) {
      tests
          .addObject()
          .put("name", t.name())
          .put("outcome", t.kind().name().toLowerCase(Locale.ROOT))
          .put("why", t.why())
          .put("seconds", t.seconds());
    }
    return o;
  }

  private void reasons(ArrayNode to, Kind kind) {
    of(kind).forEach(t -> to.addObject().put("name", t.name()).put("why", t.why()));
  }
}
