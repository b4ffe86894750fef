package dev.nncc.tensor.plan;

import dev.nncc.graph.Node;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Value;
import dev.nncc.tensor.constant.Packed;
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
  private final double shortestLaunch;
  private final Set<RunPlan.Placed> constants = new LinkedHashSet<>();

  private RunPlanner(
      Placement placement, ArenaMode mode, WeightTable weights, double shortestLaunch) {
    this.placement = placement;
    this.mode = mode;
    this.weights = weights;
    this.shortestLaunch = shortestLaunch;
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
    return new RunPlanner(placement, mode, weights, LaunchSearch.SHORTEST).plan(lowerings);
  }

  /** A plan that joins calls into launches even where these take no more nanoseconds than that. */
  static RunPlan plan(
      Placement placement, Lowerings lowerings, ArenaMode mode, double shortestLaunch) {
    return new RunPlanner(placement, mode, new WeightTable(), shortestLaunch).plan(lowerings);
  }

  private RunPlan plan(Lowerings lowerings) {
    List<Usage.Call> lowered = lower(lowerings);
    weights.beginPlan(constants(lowered));
    Layout layout = layout(lowered);
    Launches launches = layout.launches();
    List<Usage.Call> calls = launches.calls();
    List<RunPlan.Step> steps = new ArrayList<>();
    List<Integer> stepOfCall = new ArrayList<>();
    List<Integer> borderOfCall = new ArrayList<>();
    for (int c = 0; c < calls.size(); c++) {
      borderOfCall.add(steps.size());
      List<RunPlan.Step> before =
          c == 0 || !isLoop(calls, c) ? borders(calls, c, layout) : List.of();
      boolean shared = !launches.isAlone(c) || isShared(calls.get(c).phase());
      for (int i = 0; i < before.size(); i++) {
        steps.add(shared && i > 0 ? before.get(i).besidePrevious() : before.get(i));
      }
      stepOfCall.add(steps.size());
      boolean beside = launches.first(c) < c || shared && !before.isEmpty();
      RunPlan.Step step = step(calls.get(c), layout);
      steps.add(beside ? step.besidePrevious() : step);
    }
    MemoryPlan memory = memory(layout, stepOfCall, borderOfCall);
    return new RunPlan(
        steps,
        List.copyOf(constants),
        weights.bytes(),
        weights.preparedBytes(),
        memory,
        layout.fills());
  }

  /** Whether threads share out a call anyway, so that its borders are theirs too. */
  private boolean isShared(Phase phase) {
    return phase.rounds() == 1 && CallCost.of(phase).nanoseconds() >= shortestLaunch;
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

  /**
   * In the order of the graph, unless another one needs less memory; then small calls beside each
   * other, unless that needs more.
   */
  private Layout layout(List<Usage.Call> calls) {
    Jobs jobs = new Jobs(calls, placement);
    List<Integer> order = jobs.order();
    Layout best = Layout.of(jobs.alone(order), placement, mode);
    for (List<Integer> o : jobs.orders(best.bytes())) {
      Layout other = Layout.of(jobs.alone(o), placement, mode);
      if (other.bytes() < best.bytes()) {
        best = other;
        order = o;
      }
    }
    Launches beside = LaunchSearch.of(jobs, order, best.lowerBound(), shortestLaunch);
    if (!beside.joinsAny()) {
      return best;
    }
    Layout joined = Layout.of(beside, placement, mode);
    return joined.bytes() <= best.bytes() ? joined : best;
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

  private static Set<Packed> constants(List<Usage.Call> calls) {
    Set<Packed> all = new LinkedHashSet<>();
    for (Usage.Call call : calls) {
      for (Argument a : call.phase().arguments()) {
        if (a instanceof Argument.OfConstant c) {
          all.add(c.packed());
        }
      }
    }
    return all;
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
      RunPlan.Placed placed = weights.place(c.packed(), placement.graph().nodes().get(node));
      constants.add(placed);
      return placed.at();
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
