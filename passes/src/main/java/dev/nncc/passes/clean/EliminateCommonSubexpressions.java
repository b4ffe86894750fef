package dev.nncc.passes.clean;

import dev.nncc.graph.Constant;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Op;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.passes.Pass;
import dev.nncc.passes.PassContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Of nodes with the same operator, attributes and operands only the first stays; so of constants
 * with the same type and content. One sweep: a node is looked up with operands already replaced.
 *
 * @param contentLimit constants of more bytes are the same only if they share their payload or are
 *     computed from the same in the same way; for use behind passes that leave weights to be
 *     computed later
 */
public record EliminateCommonSubexpressions(long contentLimit) implements Pass {
  public EliminateCommonSubexpressions() {
    this(Long.MAX_VALUE);
  }

  @Override
  public String name() {
    return "cse";
  }

  @Override
  public String description() {
    return "computes what is the same, constants included, only once";
  }

  @Override
  public Graph apply(Graph graph, PassContext context) {
    Sweep sweep = new Sweep(contentLimit);
    graph.nodes().forEach(sweep::visit);
    if (sweep.same.isEmpty()) {
      return graph;
    }
    List<Value> outputs = graph.outputs().stream().map(sweep::now).toList();
    return new Graph(graph.name(), graph.inputs(), sweep.kept, outputs, graph.outputNames());
  }

  private record Key(Op op, List<Integer> operands) {}

  private static final class Sweep {
    final List<Node> kept = new ArrayList<>();
    final Map<Integer, Value> same = new LinkedHashMap<>();
    private final Map<Key, Integer> places = new LinkedHashMap<>();
    private final Map<Integer, List<Node>> constants = new LinkedHashMap<>();
    private final long contentLimit;

    Sweep(long contentLimit) {
      this.contentLimit = contentLimit;
    }

    Value now(Value v) {
      return same.getOrDefault(v.id(), v);
    }

    void visit(Node n) {
      if (n.op() instanceof Constant c) {
        visitConstant(n, c.tensor());
        return;
      }
      List<Value> operands = n.operands().stream().map(this::now).toList();
      Key key = new Key(n.op(), operands.stream().map(Value::id).toList());
      Integer place = places.get(key);
      if (place == null) {
        places.put(key, kept.size());
        kept.add(
            operands.equals(n.operands())
                ? n
                : new Node(n.op(), operands, n.results(), n.origin()));
        return;
      }
      Node first = kept.get(place);
      Origin both = first.origin().and(n.origin());
      kept.set(place, new Node(first.op(), first.operands(), first.results(), both));
      for (int i = 0; i < n.results().size(); i++) {
        same.put(n.results().get(i).id(), first.results().get(i));
      }
    }

    private void visitConstant(Node n, Tensor t) {
      boolean small = t.type().bytes() <= contentLimit;
      int hash = small ? Contents.hash(t) : Contents.hashOfRecipe(t);
      List<Node> alike = constants.computeIfAbsent(hash, k -> new ArrayList<>());
      for (Node first : alike) {
        Tensor other = ((Constant) first.op()).tensor();
        if (small ? Contents.equal(other, t) : Contents.share(other, t)) {
          same.put(n.result().id(), first.result());
          return;
        }
      }
      alike.add(n);
      kept.add(n);
    }
  }
}
