package dev.nncc.frontend.importing;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What a model asks for and is not implemented, grouped by operator and reason. */
public final class UnsupportedReport {
  private static final int NAMES = 5;

  private record Key(String operator, String reason) implements Comparable<Key> {
    @Override
    public int compareTo(Key o) {
      int c = operator.compareTo(o.operator);
      return c != 0 ? c : reason.compareTo(o.reason);
    }
  }

  private final ModelFormat format;
  private final Map<Key, List<String>> nodes = new TreeMap<>();
  private final Set<String> steering = new LinkedHashSet<>();

  /**
   * @param format of the model
   */
  public UnsupportedReport(ModelFormat format) {
    this.format = format;
  }

  /**
   * Notes one node.
   *
   * @param reason what of the operator is missing; empty: all of it
   */
  public void add(String operator, String reason, String node) {
    nodes.computeIfAbsent(new Key(operator, reason), k -> new ArrayList<>()).add(node);
  }

  /** Notes inputs of the model that would have to be constants. */
  public void steering(List<String> inputs) {
    steering.addAll(inputs);
  }

  public Set<String> steering() {
    return steering;
  }

  public boolean isEmpty() {
    return nodes.isEmpty();
  }

  /** All in one message: a line for each operator and reason, with counts and some names. */
  public String message(String file) {
    int count = nodes.values().stream().mapToInt(List::size).sum();
    StringBuilder s = new StringBuilder();
    s.append(file).append(": ").append(count).append(count == 1 ? " node" : " nodes");
    s.append(" cannot be imported (nncc ops");
    s.append(format == ModelFormat.ONNX ? "" : " --frontend " + format).append(" lists what can)");
    nodes.forEach(
        (key, names) -> {
          s.append("\n  ").append(key.operator()).append(": ");
          s.append(key.reason().isEmpty() ? "operator not supported" : key.reason());
          s.append(": ").append(names.size()).append(names.size() == 1 ? " node: " : " nodes: ");
          s.append(String.join(", ", names.subList(0, Math.min(NAMES, names.size()))));
          s.append(names.size() > NAMES ? ", ..." : "");
        });
    return s.toString();
  }
}
