package dev.nncc.passes.fuse;

import dev.nncc.graph.Constant;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Op;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Slice;
import dev.nncc.passes.Pass;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.clean.Strip;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * {@code relu(Conv(x, v)), relu(Conv(x, w)) -> slices of relu(Conv(x, concat(v, w)))}: convolutions
 * of one operand and one geometry, and products with constants of one left operand, are computed
 * together: the operand is read once, and one wide product is faster than narrow ones. Each branch
 * brings the same activations, or cheap ones of its own; before vertical fusion, so that these join
 * the one kernel. A branch whose region takes in more, such as a residual, stays: it would lose
 * that fusion, unless the other summand's region can take it over.
 *
 * @param granularity each branch of a convolution begins at a multiple of this, behind channels of
 *     zeros if need be, so that slices cut between the blocks in which channels are stored
 */
public record MergeSiblings(int granularity) implements Pass {
  private static final int MAX_NODES = 32;
  private static final int MAX_OPERANDS = 16;

  public MergeSiblings() {
    this(16);
  }

  @Override
  public String name() {
    return "merge-horizontal";
  }

  @Override
  public String description() {
    return "computes convolutions and products of one operand together";
  }

  @Override
  public Graph apply(Graph graph, PassContext context) {
    if (!hasSiblings(graph)) {
      return graph;
    }
    Map<Branch.Key, List<Branch>> groups = new LinkedHashMap<>();
    Regions regions = new Regions(graph, MAX_NODES, MAX_OPERANDS);
    for (int i = 0; i < graph.nodes().size(); i++) {
      List<Node> members = regions.endingAt(i);
      if (!members.isEmpty()) {
        Branch.of(graph, regions, members)
            .ifPresent(b -> groups.computeIfAbsent(b.key(), k -> new ArrayList<>()).add(b));
      }
    }
    Map<Node, List<Branch>> atFirst = new LinkedHashMap<>();
    Set<Node> gone = new LinkedHashSet<>();
    for (List<Branch> g : groups.values()) {
      if (g.size() > 1) {
        atFirst.put(g.get(0).anchor(), g);
        g.forEach(b -> gone.addAll(b.nodes()));
      }
    }
    return atFirst.isEmpty() ? graph : rewritten(graph, atFirst, gone);
  }

  /** Whether any value is read by two convolutions or products: most graphs end here. */
  private static boolean hasSiblings(Graph graph) {
    Set<Value> read = new LinkedHashSet<>();
    for (Node n : graph.nodes()) {
      if ((n.op() instanceof Conv || n.op() instanceof MatMul) && !read.add(n.operand(0))) {
        return true;
      }
    }
    return false;
  }

  private Graph rewritten(Graph graph, Map<Node, List<Branch>> atFirst, Set<Node> gone) {
    Emitter out = new Emitter(graph.nextId(), granularity);
    for (Node n : graph.nodes()) {
      List<Branch> group = atFirst.get(n);
      if (group != null) {
        out.merged(group);
      } else if (!gone.contains(n)) {
        out.nodes.add(n);
      }
    }
    return Strip.dropUnneeded(
        new Graph(graph.name(), graph.inputs(), out.nodes, graph.outputs(), graph.outputNames()));
  }

  private record Shared(int axis, List<Tensor> parts, List<Long> starts, Value value) {}

  private static final class Emitter {
    final List<Node> nodes = new ArrayList<>();
    private final List<Shared> shared = new ArrayList<>();
    private final int granularity;
    private int nextId;

    Emitter(int nextId, int granularity) {
      this.nextId = nextId;
      this.granularity = granularity;
    }

    /** Where the channels of each branch begin, and behind them the end of the last. */
    private List<Long> starts(List<Branch> group) {
      boolean blocks = group.get(0).anchor().op() instanceof Conv;
      List<Long> starts = new ArrayList<>(List.of(0L));
      for (int i = 0; i < group.size(); i++) {
        long end = starts.get(i) + group.get(i).channels();
        boolean last = i == group.size() - 1;
        starts.add(blocks && !last ? (end + granularity - 1) / granularity * granularity : end);
      }
      return starts;
    }

    void merged(List<Branch> unordered) {
      // Only the last branch needs no channels of zeros behind it.
      List<Branch> group = new ArrayList<>(unordered);
      group.sort(Comparator.comparing(b -> b.channels() % granularity != 0));
      List<Long> starts = starts(group);
      Branch first = group.get(0);
      Origin origin = Origin.NONE;
      for (Branch b : group) {
        for (Node n : b.nodes()) {
          origin = origin.and(n.origin());
        }
      }
      List<Value> operands = new ArrayList<>();
      operands.add(first.anchor().operand(0));
      operands.add(
          joined(first.weightAxis(), group.stream().map(Branch::weights).toList(), starts));
      Value v;
      if (group.stream().allMatch(b -> b.bias().isEmpty())) {
        v = node(first.anchor().op(), operands, origin);
      } else {
        Value bias = joined(0, group.stream().map(Branch::biasOrZero).toList(), starts);
        if (first.anchor().op() instanceof Conv) {
          operands.add(bias);
          v = node(first.anchor().op(), operands, origin);
        } else {
          v = node(first.anchor().op(), operands, origin);
          v = node(Elementwise.of(ElementwiseKind.ADD), List.of(v, bias), origin);
        }
      }
      boolean same = group.stream().allMatch(b -> b.activations().equals(first.activations()));
      for (Op activation : same ? first.activations() : List.<Op>of()) {
        v = node(activation, List.of(v), origin);
      }
      for (int i = 0; i < group.size(); i++) {
        Branch b = group.get(i);
        Slice slice = slice(v, first.resultAxis(), starts.get(i), b.channels());
        part(v, slice, b, same ? List.of() : b.activations());
      }
    }

    /** One constant for groups that join the same weights: filters applied at several scales. */
    private Value joined(int axis, List<Tensor> parts, List<Long> starts) {
      for (Shared s : shared) {
        if (s.axis() == axis && s.starts().equals(starts) && isSame(s.parts(), parts)) {
          return s.value();
        }
      }
      Constant all = new Constant(Joined.along(axis, parts, starts));
      Value v = node(all, List.of(), Origin.NONE);
      shared.add(new Shared(axis, parts, starts, v));
      return v;
    }

    private static boolean isSame(List<Tensor> a, List<Tensor> b) {
      boolean same = a.size() == b.size();
      for (int i = 0; same && i < a.size(); i++) {
        same = a.get(i).type().equals(b.get(i).type()) && a.get(i).payload() == b.get(i).payload();
      }
      return same;
    }

    private static Slice slice(Value all, int axis, long start, long channels) {
      int rank = all.shape().rank();
      List<Long> starts = new ArrayList<>(Collections.nCopies(rank, 0L));
      starts.set(axis, start);
      List<Long> sizes = new ArrayList<>();
      for (long extent : all.shape().toArray()) {
        sizes.add(extent);
      }
      sizes.set(axis, channels);
      return new Slice(starts, sizes, Collections.nCopies(rank, 1L));
    }

    /** The slice and what follows it; the last takes over the value that ended the branch. */
    private void part(Value all, Slice slice, Branch b, List<Op> activations) {
      Origin origin = b.nodes().get(b.nodes().size() - 1).origin();
      Op op = slice;
      Value v = all;
      for (Op activation : activations) {
        v = node(op, List.of(v), origin);
        op = activation;
      }
      nodes.add(new Node(op, List.of(v), List.of(b.end()), origin));
    }

    private Value node(Op op, List<Value> operands, Origin origin) {
      List<TensorType> types = op.infer(operands.stream().map(Value::type).toList());
      Value v = new Value(nextId++, "", types.get(0));
      nodes.add(new Node(op, operands, List.of(v), origin));
      return v;
    }
  }
}
