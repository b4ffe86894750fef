package dev.nncc.passes.precision;

import dev.nncc.graph.Constant;
import dev.nncc.graph.DType;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Op;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Cast;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Slice;
import dev.nncc.graph.op.Transpose;
import dev.nncc.passes.Pass;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.Precision;
import dev.nncc.passes.clean.Strip;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * {@code MatMul(x, w) -> MatMul(f32(bf16(x)), f32(w'))} where w' is w rounded to bf16, likewise for
 * convolutions, recurrent layers and other types. The narrowing cast stands behind what makes x,
 * once for all readers, so that it ends that kernel; reshapes, transposes and concatenations go
 * behind it. The widening casts belong to the product, one for each.
 */
public record LowerPrecision() implements Pass {
  @Override
  public String name() {
    return "lower-precision";
  }

  @Override
  public String description() {
    return "stores the factors of products in fewer bits";
  }

  @Override
  public Graph apply(Graph graph, PassContext context) {
    Precision precision = context.options().precision();
    return precision.equals(Precision.FP32) || !context.mayApply()
        ? graph
        : new Rewriting(graph, precision).run();
  }

  /** One run over a graph. */
  private static final class Rewriting {
    private final Graph graph;
    private final Precision precision;
    private final Map<Node, Factors> factors = new LinkedHashMap<>();

    /** How often each value is a factor of a product that wants it narrow. */
    private final Map<Value, Integer> wanted = new LinkedHashMap<>();

    /** The values that get a narrow twin, with the place that makes it. */
    private final Map<Value, Value> narrow = new LinkedHashMap<>();

    private final Map<Value, Value> constants = new LinkedHashMap<>();
    private final List<Node> nodes = new ArrayList<>();
    private int nextId;

    Rewriting(Graph graph, Precision precision) {
      this.graph = graph;
      this.precision = precision;
      nextId = graph.nextId();
    }

    Graph run() {
      Set<Node> inAttention = AttentionProducts.of(graph, precision);
      for (Node n : graph.nodes()) {
        Factors f = inAttention.contains(n) ? Factors.BOTH : Factors.of(graph, n, precision);
        if (!f.equals(Factors.NONE)) {
          factors.put(n, f);
        }
        f.computed().forEach(i -> wanted.merge(n.operand(i), 1, Integer::sum));
      }
      if (factors.isEmpty()) {
        return graph;
      }
      Map<Value, Boolean> twins = new LinkedHashMap<>();
      List.copyOf(wanted.keySet()).forEach(v -> choose(v, twins));
      graph.inputs().stream().filter(twins::containsKey).forEach(v -> twin(v, Optional.empty()));
      for (Node n : graph.nodes()) {
        nodes.add(factors.containsKey(n) ? product(n, factors.getOrDefault(n, Factors.NONE)) : n);
        for (Value v : n.results()) {
          if (twins.containsKey(v)) {
            twin(v, twins.getOrDefault(v, false) ? Optional.of(n) : Optional.empty());
          }
        }
      }
      return Strip.dropUnneeded(
          new Graph(graph.name(), graph.inputs(), nodes, graph.outputs(), graph.outputNames()));
    }

    /** Notes which values get twins, and whether by moving what the operand's twin holds. */
    private void choose(Value v, Map<Value, Boolean> twins) {
      if (twins.containsKey(v)) {
        return;
      }
      Optional<Node> moved =
          graph
              .producer(v)
              .filter(n -> moves(n) || n.op() instanceof Slice && isShared(n.operand(0)))
              .filter(n -> n.operands().stream().allMatch(o -> graph.constant(o).isEmpty()))
              .filter(n -> !graph.isOutput(v) && onlyProductsRead(v));
      twins.put(v, moved.isPresent());
      for (Value o : moved.map(Node::operands).orElse(List.of())) {
        wanted.merge(o, 1, Integer::sum);
      }
      moved.map(Node::operands).orElse(List.of()).forEach(o -> choose(o, twins));
    }

    private static boolean moves(Node n) {
      return n.op() instanceof Reshape || n.op() instanceof Transpose || n.op() instanceof Concat;
    }

    /** Whether a value is cut into parts, each of them for products alone. */
    private boolean isShared(Value v) {
      return !graph.isOutput(v)
          && graph.uses(v).stream().allMatch(n -> n.op() instanceof Slice && endsInProducts(n));
    }

    private boolean endsInProducts(Node n) {
      return !graph.isOutput(n.result())
          && graph.uses(n.result()).stream()
              .allMatch(
                  u ->
                      moves(u) && endsInProducts(u)
                          || factors.getOrDefault(u, Factors.NONE).computed().stream()
                              .anyMatch(i -> u.operand(i).equals(n.result())));
    }

    private boolean onlyProductsRead(Value v) {
      int uses = 0;
      for (Node n : graph.uses(v)) {
        uses += (int) n.operands().stream().filter(v::equals).count();
      }
      return uses == wanted.getOrDefault(v, 0);
    }

    private void twin(Value v, Optional<Node> moved) {
      Value t =
          moved.isPresent()
              ? node(
                  moved.get().op(),
                  moved.get().operands().stream().map(o -> narrow.getOrDefault(o, o)).toList(),
                  moved.get().origin(),
                  v.name())
              : node(new Cast(precision.activations()), List.of(v), origin(v), v.name());
      narrow.put(v, t);
    }

    private Origin origin(Value v) {
      return graph.producer(v).map(Node::origin).orElse(Origin.NONE);
    }

    private Node product(Node n, Factors f) {
      List<Value> operands = new ArrayList<>(n.operands());
      for (int i : f.computed()) {
        operands.set(i, widened(narrow.getOrDefault(n.operand(i), n.operand(i)), n));
      }
      for (int w : f.weights()) {
        operands.set(w, widened(constant(n.operand(w)), n));
      }
      return new Node(n.op(), operands, n.results(), n.origin());
    }

    private Value widened(Value v, Node reader) {
      return node(new Cast(DType.F32), List.of(v), reader.origin(), v.name());
    }

    private Value constant(Value w) {
      Value known = constants.get(w);
      if (known == null) {
        Tensor t = Narrowed.of(graph.constant(w).orElseThrow(), precision.weights());
        known = node(new Constant(t), List.of(), origin(w), w.name());
        constants.put(w, known);
      }
      return known;
    }

    private Value node(Op op, List<Value> operands, Origin origin, String name) {
      Value v =
          new Value(nextId++, name, op.infer(operands.stream().map(Value::type).toList()).get(0));
      nodes.add(new Node(op, operands, List.of(v), origin));
      return v;
    }
  }
}
