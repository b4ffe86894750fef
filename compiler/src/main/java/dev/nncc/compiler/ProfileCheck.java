package dev.nncc.compiler;

import dev.nncc.codegen.llvm.plan.TensorSpec;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Whether profiles fit into one library: one interface, and shapes that tell them apart. */
final class ProfileCheck {
  private final Map<List<Shape>, String> seen = new LinkedHashMap<>();
  private String first = "";
  private List<String> firstInterface = List.of();

  /**
   * Takes the next profile.
   *
   * @throws CompileException when it does not go with the ones before
   */
  void add(String profile, Graph graph) {
    List<String> own = boundary(graph);
    if (seen.isEmpty()) {
      first = profile;
      firstInterface = own;
    } else if (!own.equals(firstInterface)) {
      throw new CompileException(
          String.format(
              "profiles must agree in names, types and ranks: %s has %s, %s has %s",
              first, firstInterface, profile, own));
    }
    List<Shape> shapes = graph.inputs().stream().map(Value::shape).toList();
    String other = seen.putIfAbsent(shapes, profile);
    if (other != null) {
      throw new CompileException(
          String.format(
              "profiles %s and %s have inputs of the same shapes: %s", other, profile, shapes));
    }
  }

  private static void requireRank(String what, Value v) {
    if (v.type().rank() > TensorSpec.MAX_RANK) {
      throw new CompileException(
          String.format(
              "%s has %d dimensions; a library takes and gives tensors of at most %d",
              what, v.type().rank(), TensorSpec.MAX_RANK));
    }
  }

  private static List<String> boundary(Graph graph) {
    graph.inputs().forEach(v -> requireRank("input " + v.name(), v));
    for (int i = 0; i < graph.outputs().size(); i++) {
      requireRank("output " + graph.outputNames().get(i), graph.outputs().get(i));
    }
    List<String> words = new ArrayList<>();
    graph.inputs().forEach(v -> words.add("input " + text(v.name(), v)));
    for (int i = 0; i < graph.outputs().size(); i++) {
      words.add("output " + text(graph.outputNames().get(i), graph.outputs().get(i)));
    }
    return words;
  }

  private static String text(String name, Value v) {
    return name + ": " + v.dtype() + " of rank " + v.shape().rank();
  }
}
