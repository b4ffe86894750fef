package dev.nncc.tensor.plan;

import dev.nncc.graph.Node;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Value;
import dev.nncc.tensor.lower.Argument;
import dev.nncc.tensor.lower.Lowerings;
import dev.nncc.tensor.lower.Phase;
import dev.nncc.tensor.placement.Home;
import dev.nncc.tensor.placement.Placement;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Lowers a placed graph and fixes every address. */
public final class RunPlanner {
  private final Placement placement;
  private final ArenaMode mode;
  private final WeightTable weights;
  private final Set<RunPlan.Placed> constants = new LinkedHashSet<>();

  private RunPlanner(Placement placement, ArenaMode mode, WeightTable weights) {
    this.placement = placement;
    this.mode = mode;
    this.weights = weights;
    weights.beginPlan();
  }

  /** A plan that has its constants for itself. */
  public static RunPlan plan(Placement placement, Lowerings lowerings) {
    return plan(placement, lowerings, ArenaMode.FAST);
  }

  /** A plan that has its constants for itself. */
  public static RunPlan plan(Placement placement, Lowerings lowerings, ArenaMode mode) {
    return plan(placement, lowerings, mode, new WeightTable());
  }

  /** A plan that shares its constants with the others of the table. */
  public static RunPlan plan(
      Placement placement, Lowerings lowerings, ArenaMode mode, WeightTable weights) {
    return new RunPlanner(placement, mode, weights).plan(lowerings);
  }

  private RunPlan plan(Lowerings lowerings) {
    Layout layout = layout(lower(lowerings));
    List<Usage.Call> calls = layout.calls();
    List<RunPlan.Step> steps = new ArrayList<>();
    List<Integer> stepOfCall = new ArrayList<>();
    List<Integer> borderOfCall = new ArrayList<>();
    for (int c = 0; c < calls.size(); c++) {
      borderOfCall.add(steps.size());
      if (c == 0 || !isLoop(calls, c)) {
        borders(calls, c, layout).forEach(steps::add);
      }
      stepOfCall.add(steps.size());
      steps.add(step(calls.get(c), layout));
    }
    MemoryPlan memory = memory(layout, stepOfCall, borderOfCall);
    return new RunPlan(steps, List.copyOf(constants), weights.bytes(), memory, layout.fills());
  }

  private static boolean isOneLoop(Usage.Call a, Usage.Call b) {
    return a.node() == b.node()
        && b.phase().rounds() > 1
        && a.phase().rounds() == b.phase().rounds();
  }

  /** What is written in front of a call, or of all calls of the loop that it begins. */
  private List<RunPlan.Step> borders(List<Usage.Call> calls, int first, Layout layout) {
    List<RunPlan.Step> steps = new ArrayList<>();
    for (int c = first; c == first || isLoop(calls, c); c++) {
      for (Value v : layout.bordersBefore(c)) {
        Argument whole = new Argument.OfValue(v);
        Phase border = Borders.phase(placement.storage(v), whole);
        steps.add(step(new Usage.Call(calls.get(c).node(), border, List.of()), layout));
      }
    }
    return steps;
  }

  /** Whether a call goes on with the loop of the one before. */
  private static boolean isLoop(List<Usage.Call> calls, int c) {
    return c < calls.size() && isOneLoop(calls.get(c - 1), calls.get(c));
  }

  /** In the order of the graph, unless another one needs less memory. */
  private Layout layout(List<Usage.Call> calls) {
    Layout best = Layout.of(calls, placement, mode);
    for (List<Usage.Call> order : new Jobs(calls, placement).orders(best.bytes())) {
      Layout other = Layout.of(order, placement, mode);
      best = other.bytes() < best.bytes() ? other : best;
    }
    return best;
  }

  private List<Usage.Call> lower(Lowerings lowerings) {
    List<Usage.Call> calls = new ArrayList<>();
    List<Node> nodes = placement.graph().nodes();
    for (int n = 0; n < nodes.size(); n++) {
      if (!placement.isFree(nodes.get(n)) && !isEmpty(nodes.get(n))) {
        for (Phase p : lowerings.lower(nodes.get(n), placement)) {
          calls.add(Usage.Call.of(n, p, placement));
        }
      }
    }
    return calls;
  }

  private static boolean isEmpty(Node n) {
    return n.results().stream().allMatch(v -> v.shape().elements() == 0);
  }

  private RunPlan.Step step(Usage.Call call, Layout layout) {
    List<Pointer> pointers =
        call.phase().arguments().stream().map(a -> pointer(a, call.node(), layout)).toList();
    return new RunPlan.Step(call.phase(), pointers, placement.graph().nodes().get(call.node()));
  }

  private Origin origin(int node) {
    return placement.graph().nodes().get(node).origin();
  }

  private Pointer pointer(Argument a, int node, Layout layout) {
    if (a instanceof Argument.OfConstant c) {
      RunPlan.Placed placed = weights.place(c.packed());
      constants.add(placed);
      return new Pointer.Weights(placed.offset());
    }
    if (a instanceof Argument.OfFault) {
      return new Pointer.Fault();
    }
    Optional<Memory> m = Memory.of(a, node, placement);
    if (m.isPresent()) {
      return new Pointer.Arena(layout.offset(m.get()));
    }
    Home home = placement.home(placement.root(((Argument.OfValue) a).value()));
    if (home instanceof Home.State s) {
      return new Pointer.State(s.index(), s.next());
    }
    return home instanceof Home.Input i
        ? new Pointer.Input(i.index())
        : new Pointer.Output(((Home.Output) home).index());
  }

  private MemoryPlan memory(Layout layout, List<Integer> stepOfCall, List<Integer> borderOfCall) {
    List<MemoryPlan.Allocation> all = new ArrayList<>();
    layout
        .usage()
        .lives()
        .forEach(
            (m, life) -> {
              boolean bordered =
                  m.root().filter(layout.bordersBefore(life.first())::contains).isPresent();
              all.add(
                  new MemoryPlan.Allocation(
                      m.name(),
                      m.root().map(this::origin).orElseGet(() -> origin(m.node())),
                      layout.offset(m),
                      life.bytes(),
                      (bordered ? borderOfCall : stepOfCall).get(life.first()),
                      stepOfCall.get(life.last()),
                      layout.inPlace().contains(m)));
            });
    return new MemoryPlan(mode, all, layout.bytes(), layout.lowerBound());
  }

  private Origin origin(Value v) {
    return placement.graph().producer(v).map(Node::origin).orElse(Origin.NONE);
  }
}
