package dev.nncc.compiler.report;

import dev.nncc.graph.Constant;
import dev.nncc.graph.Node;
import dev.nncc.graph.Op;
import dev.nncc.graph.op.ContractionOp;
import dev.nncc.graph.op.ElementwiseOp;
import dev.nncc.graph.op.Fused;
import dev.nncc.graph.op.IndexingOp;
import dev.nncc.graph.op.MovementOp;
import dev.nncc.graph.op.RecurrentOp;
import dev.nncc.graph.op.ReductionOp;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What a box is called and how it is coloured. The order is that of the legend. */
enum Kinds {
  CONTRACTION("convolutions, products"),
  REDUCTION("pools, reductions, norms"),
  ELEMENTWISE("elementwise"),
  INDEXING("gathers, scatters"),
  MOVEMENT("copies, moves"),
  RECURRENT("recurrent"),
  VIEW("view, costs nothing"),
  BOUNDARY("input, output"),
  OTHER("other");

  private static final int TITLE_PARTS = 4;

  private final String legend;

  Kinds(String legend) {
    this.legend = legend;
  }

  String legend() {
    return legend;
  }

  /** Of an operator; of a region that of its heaviest member. */
  static Kinds of(Op op) {
    if (op instanceof Fused f) {
      return f.body().nodes().stream()
          .filter(n -> !(n.op() instanceof Constant))
          .map(n -> of(n.op()))
          .min(Comparator.comparingInt(Kinds::weight))
          .orElse(OTHER);
    }
    if (op instanceof RecurrentOp) {
      return RECURRENT;
    }
    if (op instanceof ContractionOp) {
      return CONTRACTION;
    }
    if (op instanceof ReductionOp) {
      return REDUCTION;
    }
    if (op instanceof ElementwiseOp) {
      return ELEMENTWISE;
    }
    if (op instanceof IndexingOp) {
      return INDEXING;
    }
    return op instanceof MovementOp ? MOVEMENT : OTHER;
  }

  private static int weight(Kinds k) {
    return switch (k) {
      case RECURRENT -> 0;
      case CONTRACTION -> 1;
      case REDUCTION -> 2;
      case INDEXING -> 3;
      case OTHER -> 4;
      case MOVEMENT -> 5;
      default -> 6;
    };
  }

  /** {@code Conv + Add + Relu}; repeated operators are counted. */
  static String title(Node n) {
    if (!(n.op() instanceof Fused f)) {
      return n.op().name();
    }
    Map<String, Integer> counts = new LinkedHashMap<>();
    count(f, counts);
    List<String> parts =
        counts.entrySet().stream()
            .map(e -> e.getValue() == 1 ? e.getKey() : e.getValue() + "×" + e.getKey())
            .toList();
    String text = parts.stream().limit(TITLE_PARTS).collect(Collectors.joining(" + "));
    return parts.size() > TITLE_PARTS ? text + " + " + (parts.size() - TITLE_PARTS) : text;
  }

  /** Regions may hold regions. */
  private static void count(Fused region, Map<String, Integer> counts) {
    for (Node inner : region.body().nodes()) {
      if (inner.op() instanceof Fused f) {
        count(f, counts);
      } else if (!(inner.op() instanceof Constant)) {
        counts.merge(inner.op().name(), 1, Integer::sum);
      }
    }
  }
}
