package dev.nncc.compiler.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nncc.graph.Node;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Value;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Boxes of a graph before fusion: each says into which kernels its node went.
 *
 * @param kernels the boxes of the kernels that stand for a source node
 */
record SourceFacts(Map<Origin.Source, List<Integer>> kernels) implements GraphData.Facts {
  private static final int MOST = 40;

  @Override
  public Kinds kind(Node n) {
    return Kinds.of(n.op());
  }

  @Override
  public String title(Node n) {
    return Kinds.title(n);
  }

  @Override
  public void add(Node n, ObjectNode box) {
    TreeSet<Integer> all = new TreeSet<>();
    n.origin().sources().forEach(s -> all.addAll(kernels.getOrDefault(s, List.of())));
    ArrayNode to = box.putArray("kernels");
    all.stream().limit(MOST).forEach(to::add);
  }

  @Override
  public String layout(Value v) {
    return "";
  }
}
