package dev.nncc.passes.fold;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Op;
import dev.nncc.graph.Shape;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.Slice;
import dev.nncc.passes.Pass;
import dev.nncc.passes.PassContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * {@code Conv1x1(f(Conv(x))) with stride 2 -> Conv1x1(f(Conv(x) with stride 2))}: pixels that only
 * strided 1x1 convolutions, slices or pools of one pixel skip are not computed. Goes through
 * elementwise operators and up to convolutions and pools, all of whose readers skip the same
 * pixels. Where one operand of an elementwise operator can leave them out and another is needed
 * whole by others, as at the end of a residual block, a slice takes from that what is left.
 */
public record PushStridesUp() implements Pass {
  @Override
  public String name() {
    return "push-strides-up";
  }

  @Override
  public String description() {
    return "computes no pixels that all readers skip: 1x1 convolutions, slices, pools of one";
  }

  @Override
  public Graph apply(Graph graph, PassContext context) {
    Map<Integer, List<Long>> steps = new Steps(graph).settled();
    if (steps.isEmpty()) {
      return graph;
    }
    return new Skipping(graph, steps).run();
  }

  /** The graph on its way. */
  private static final class Skipping {
    private final Graph graph;
    private final Map<Integer, List<Long>> steps;
    private final Map<Integer, Value> now = new TreeMap<>();
    private final List<Node> nodes = new ArrayList<>();
    private int nextId;

    Skipping(Graph graph, Map<Integer, List<Long>> steps) {
      this.graph = graph;
      this.steps = steps;
      this.nextId = graph.nextId();
    }

    Graph run() {
      for (Node n : graph.nodes()) {
        boolean read = n.operands().stream().anyMatch(v -> steps.containsKey(v.id()));
        boolean made = n.results().size() == 1 && steps.containsKey(n.result().id());
        if (read || made) {
          add(n, read && !Steps.strides(n).isEmpty(), made);
        } else {
          List<Value> operands =
              n.operands().stream().map(v -> now.getOrDefault(v.id(), v)).toList();
          nodes.add(new Node(n.op(), operands, n.results(), n.origin()));
        }
      }
      List<Value> outputs = graph.outputs().stream().map(v -> now.getOrDefault(v.id(), v)).toList();
      return new Graph(graph.name(), graph.inputs(), nodes, outputs, graph.outputNames());
    }

    /**
     * @param skipped whether its operand leaves out already what its strides would
     */
    private void add(Node n, boolean skipped, boolean made) {
      List<Long> own =
          made && !skipped ? steps.getOrDefault(n.result().id(), List.of()) : List.of();
      List<Value> operands = n.operands().stream().map(v -> operand(v, n, own)).toList();
      Op op = strided(n.op(), own, skipped, operands.get(0).shape());
      if (skipped && takesAll(op, operands.get(0))) {
        now.put(n.result().id(), operands.get(0));
        return;
      }
      TensorType type = op.infer(operands.stream().map(Value::type).toList()).get(0);
      Value result = n.result();
      if (!type.equals(result.type())) {
        result = new Value(result.id(), result.name(), type);
        now.put(result.id(), result);
      }
      nodes.add(new Node(op, operands, List.of(result), n.origin()));
    }

    /** What a node reads now; of an image that others need whole, the pixels it still wants. */
    private Value operand(Value v, Node n, List<Long> own) {
      boolean whole =
          n.op() instanceof Elementwise
              && !own.isEmpty()
              && !steps.containsKey(v.id())
              && Steps.isLarge(v, n.result());
      Value here = now.getOrDefault(v.id(), v);
      if (!whole) {
        return here;
      }
      Slice slice = every(own, here.shape());
      Value sampled = new Value(nextId++, "", slice.infer(List.of(here.type())).get(0));
      nodes.add(new Node(slice, List.of(here), List.of(sampled), n.origin()));
      return sampled;
    }
  }

  /** The operator with strides times {@code steps}; ones if its operand skips all that already. */
  private static Op strided(Op op, List<Long> steps, boolean ones, Shape read) {
    if (op instanceof Conv c) {
      List<Long> strides = Steps.times(c.strides(), steps, ones);
      return new Conv(strides, c.padsBegin(), c.padsEnd(), c.dilations(), c.groups());
    }
    if (op instanceof Pool p) {
      return new Pool(
          p.kind(),
          p.kernel(),
          Steps.times(p.strides(), steps, ones),
          p.padsBegin(),
          p.padsEnd(),
          p.dilations(),
          p.countPad(),
          p.ceilMode());
    }
    if (op instanceof Slice s) {
      List<Long> image = s.steps().subList(2, s.steps().size());
      return Steps.every(s, Steps.times(image, steps, ones), read);
    }
    return op;
  }

  private static Slice every(List<Long> steps, Shape image) {
    List<Long> ones = Collections.nCopies(image.rank(), 1L);
    List<Long> none = Collections.nCopies(image.rank(), 0L);
    List<Long> all = Arrays.stream(image.toArray()).boxed().toList();
    return Steps.every(new Slice(none, all, ones), steps, image);
  }

  /** Whether a pool or slice has nothing left to do. */
  private static boolean takesAll(Op op, Value read) {
    return op instanceof Pool p && Steps.isOnes(p.strides())
        || op instanceof Slice s && Shape.of(s.sizes()).equals(read.shape());
  }
}
