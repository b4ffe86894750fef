package dev.nncc.compiler.report;

import dev.nncc.graph.Constant;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Fused;
import dev.nncc.passes.Pass;
import dev.nncc.passes.PipelineListener;
import dev.nncc.passes.RewriteListener;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What passes and rules did to one node of a model. Follows the origins that nodes keep through
 * every rewrite; nodes without one, and constants, by their values.
 */
public final class NodeLife implements RewriteListener, PipelineListener {
  /** Characters of a node's text. */
  private static final int TEXT = 600;

  private static final int NAMES = 24;

  /** What one application or pass did, on lines of its own. */
  private record Event(String what, String before, String after) {}

  private final Set<Origin.Source> sources = new LinkedHashSet<>();

  /** The values of followed nodes that have no origin, by number. */
  private final Set<Integer> values = new TreeSet<>();

  /** The names of these values, which they keep inside regions. */
  private final Set<String> names = new LinkedHashSet<>();

  private final StringBuilder text = new StringBuilder();
  private final List<Event> events = new ArrayList<>();
  private String stage = "";
  private Graph last;

  private NodeLife(Graph imported, List<Node> nodes) {
    last = imported;
    for (Node n : nodes) {
      sources.addAll(n.origin().sources());
      if (n.origin().sources().isEmpty()) {
        n.results().forEach(v -> values.add(v.id()));
        n.results().forEach(v -> names.add(v.name()));
      }
    }
    names.remove("");
    text.append("imported\n");
    lines(text, "  ", NodeText.of(followed(imported.nodes()), TEXT));
  }

  /**
   * A life to be lived by the passes that it listens to; empty if the graph has no such node.
   *
   * @param imported the graph before any pass
   * @param name of a node in the model's file, or of a value
   */
  public static Optional<NodeLife> of(Graph imported, String name) {
    List<Node> nodes = new ArrayList<>();
    for (Node n : imported.nodes()) {
      if (n.origin().sources().stream().anyMatch(s -> s.name().equals(name))) {
        nodes.add(n);
      }
    }
    if (nodes.isEmpty()) {
      imported.nodes().stream()
          .filter(n -> n.results().stream().anyMatch(v -> v.name().equals(name)))
          .forEach(nodes::add);
    }
    for (int i = 0; i < imported.outputs().size() && nodes.isEmpty(); i++) {
      if (imported.outputNames().get(i).equals(name)) {
        imported.producer(imported.outputs().get(i)).ifPresent(nodes::add);
      }
    }
    return nodes.isEmpty() ? Optional.empty() : Optional.of(new NodeLife(imported, nodes));
  }

  /** All names that {@link #of} knows, in the order of the graph. */
  public static Set<String> names(Graph imported) {
    Set<String> names = new LinkedHashSet<>();
    for (Node n : imported.nodes()) {
      n.origin().sources().forEach(s -> names.add(s.name()));
      n.results().forEach(v -> names.add(v.name()));
    }
    names.addAll(imported.outputNames());
    names.remove("");
    return names;
  }

  private boolean follows(Node n) {
    return n.origin().sources().stream().anyMatch(sources::contains)
        || n.results().stream().anyMatch(v -> values.contains(v.id()))
        || n.op() instanceof Fused f
            && f.body().nodes().stream()
                .flatMap(inner -> inner.results().stream())
                .anyMatch(v -> names.contains(v.name()));
  }

  private List<Node> followed(List<Node> nodes) {
    return nodes.stream().filter(this::follows).toList();
  }

  @Override
  public void applied(Application a) {
    if (followed(a.removed()).isEmpty() && followed(a.added()).isEmpty()) {
      return;
    }
    Set<Integer> heirs = new TreeSet<>();
    for (int i = 0; i < a.before().size(); i++) {
      if (values.contains(a.before().get(i).id())) {
        heirs.add(a.after().get(i).id());
      }
    }
    for (Node n : a.added()) {
      n.results().stream().map(Value::id).filter(heirs::contains).forEach(values::add);
    }
    for (Node n : a.removed()) {
      n.results().forEach(v -> values.remove(v.id()));
    }
    String after =
        a.added().isEmpty()
            ? NodeText.values(a.after()) + ", which is there already"
            : NodeText.of(a.added(), TEXT);
    events.add(new Event(a.number() + " " + a.rule(), NodeText.of(a.removed(), TEXT), after));
  }

  @Override
  public void passed(String inStage, Pass pass, Graph before, Graph after, long nanoseconds) {
    List<Node> was = followed(before.nodes());
    List<Node> is = followed(after.nodes());
    last = after;
    if (events.isEmpty() && !signature(was).equals(signature(is))) {
      String now = is.isEmpty() ? "gone: nobody needs it" : NodeText.of(is, TEXT);
      events.add(new Event("", NodeText.of(was, TEXT), now));
    }
    if (events.isEmpty()) {
      return;
    }
    if (!stage.equals(inStage)) {
      stage = inStage;
      text.append(stage).append('\n');
    }
    text.append("  ").append(pass.name()).append(": ").append(pass.description()).append('\n');
    for (Event e : events) {
      if (!e.what().isEmpty()) {
        text.append("    ").append(e.what()).append('\n');
      }
      lines(text, "      - ", e.before());
      lines(text, "      + ", e.after());
    }
    events.clear();
  }

  /** What tells whether nodes are still the same, whatever was done to their operands' makers. */
  private static List<String> signature(List<Node> nodes) {
    return nodes.stream()
        .map(n -> n.op().name() + n.op().attributes() + n.results() + n.operandTypes())
        .toList();
  }

  /** The life so far, one stage after another, and the kernels at its end. */
  public String text() {
    StringBuilder s = new StringBuilder(text);
    List<Node> kernels = last.nodes().stream().filter(n -> !(n.op() instanceof Constant)).toList();
    List<Node> mine = followed(kernels);
    if (mine.isEmpty()) {
      s.append("in no kernel: ");
      s.append(
          followed(last.nodes()).isEmpty()
              ? "it was replaced, computed when the model was compiled, or dropped\n"
              : "it is a constant\n");
    }
    for (Node n : mine) {
      boolean fused = n.op() instanceof Fused;
      s.append(fused ? "in kernel " : "by itself: ").append(Kinds.title(n)).append(", ");
      s.append(kernels.indexOf(n) + 1).append(" of ").append(kernels.size());
      s.append(", which makes ").append(NodeText.values(n.results())).append('\n');
      others(s, n);
    }
    return s.toString();
  }

  private void others(StringBuilder s, Node kernel) {
    List<Origin.Source> with =
        kernel.origin().sources().stream().filter(o -> !sources.contains(o)).toList();
    with.stream()
        .limit(NAMES)
        .forEach(
            o -> s.append("  with ").append(o).append(" (").append(o.operator()).append(")\n"));
    if (with.size() > NAMES) {
      s.append("  and ").append(with.size() - NAMES).append(" more\n");
    }
  }

  private static void lines(StringBuilder to, String indent, String lines) {
    lines.lines().forEach(l -> to.append(indent).append(l).append('\n'));
  }
}
