package dev.nncc.passes.fuse;

import dev.nncc.graph.Graph;
import dev.nncc.graph.GraphBuilder;
import dev.nncc.graph.Node;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The graph inside a region and the outer values that are its inputs. Constants of one element are
 * copied into it: kernels hold them in registers.
 */
record RegionBody(Graph graph, List<Value> operands) {
  static boolean isScalar(TensorType type) {
    return type.shape().isConstant() && type.shape().elements() == 1;
  }

  /** The body of nodes in order. */
  static RegionBody of(Graph outer, List<Node> members, List<Value> outputs) {
    List<Value> operands = new ArrayList<>();
    Map<Integer, Tensor> scalars = new LinkedHashMap<>();
    Map<Integer, Value> inner = new LinkedHashMap<>();
    GraphBuilder body = new GraphBuilder("region");
    members.forEach(n -> n.results().forEach(v -> inner.put(v.id(), v)));
    for (Node n : members) {
      for (Value v : n.operands()) {
        if (inner.containsKey(v.id()) || scalars.containsKey(v.id())) {
          continue;
        }
        Optional<Tensor> scalar = isScalar(v.type()) ? outer.constant(v) : Optional.empty();
        if (scalar.isPresent()) {
          scalars.put(v.id(), scalar.get());
        } else {
          operands.add(v);
          inner.put(v.id(), body.input(v.name(), v.type()));
        }
      }
    }
    scalars.forEach((id, t) -> inner.put(id, body.constant(t)));
    for (Node n : members) {
      List<Value> mapped = n.operands().stream().map(v -> at(inner, v)).toList();
      List<String> names = n.results().stream().map(Value::name).toList();
      List<Value> results = body.add(n.origin(), names, n.op(), mapped);
      for (int i = 0; i < results.size(); i++) {
        inner.put(n.results().get(i).id(), results.get(i));
      }
    }
    outputs.forEach(v -> body.output(v.name(), at(inner, v)));
    return new RegionBody(body.build(), operands);
  }

  private static Value at(Map<Integer, Value> inner, Value v) {
    Value found = inner.get(v.id());
    if (found == null) {
      throw new IllegalStateException(v + " is not in the region");
    }
    return found;
  }
}
