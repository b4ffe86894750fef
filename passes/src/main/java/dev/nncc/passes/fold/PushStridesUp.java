package dev.nncc.passes.fold;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Op;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.Pool;
import dev.nncc.passes.Pass;
import dev.nncc.passes.PassContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * {@code Conv1x1(f(Conv(x))) with stride 2 -> Conv1x1(f(Conv(x) with stride 2))}: pixels that only
 * strided 1x1 convolutions skip are not computed. Goes through elementwise operators and up to
 * convolutions and pools, all of whose readers skip the same pixels.
 */
public record PushStridesUp() implements Pass {
  @Override
  public String name() {
    return "push-strides-up";
  }

  @Override
  public String description() {
    return "computes no pixels that strided 1x1 convolutions behind skip";
  }

  @Override
  public Graph apply(Graph graph, PassContext context) {
    Map<Integer, List<Long>> steps = new Steps(graph).settled();
    if (steps.isEmpty()) {
      return graph;
    }
    Map<Integer, Value> now = new TreeMap<>();
    List<Node> nodes = new ArrayList<>();
    for (Node n : graph.nodes()) {
      boolean read = n.operands().stream().anyMatch(v -> steps.containsKey(v.id()));
      boolean made = n.results().size() == 1 && steps.containsKey(n.result().id());
      if (!read && !made) {
        nodes.add(n);
        continue;
      }
      List<Value> operands = n.operands().stream().map(v -> now.getOrDefault(v.id(), v)).toList();
      boolean skipped = read && Steps.isPoint(n);
      List<Long> own =
          made && !skipped ? steps.getOrDefault(n.result().id(), List.of()) : List.of();
      Op op = strided(n.op(), own, skipped);
      TensorType type = op.infer(operands.stream().map(Value::type).toList()).get(0);
      Value result = n.result();
      if (!type.equals(result.type())) {
        result = new Value(result.id(), result.name(), type);
        now.put(result.id(), result);
      }
      nodes.add(new Node(op, operands, List.of(result), n.origin()));
    }
    return new Graph(graph.name(), graph.inputs(), nodes, graph.outputs(), graph.outputNames());
  }

  /** The operator with strides times {@code steps}; ones if its operand skips all that already. */
  private static Op strided(Op op, List<Long> steps, boolean ones) {
    if (op instanceof Conv c) {
      List<Long> strides = Steps.times(c.strides(), steps, ones);
      return new Conv(strides, c.padsBegin(), c.padsEnd(), c.dilations(), c.groups());
    }
    if (op instanceof Pool p) {
      return new Pool(
          p.kind(),
          p.kernel(),
          Steps.times(p.strides(), steps, false),
          p.padsBegin(),
          p.padsEnd(),
          p.dilations(),
          p.countPad(),
          p.ceilMode());
    }
    return op;
  }
}
