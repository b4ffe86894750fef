package dev.nncc.tensor.plan;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.tensor.placement.Placement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * The calls of a graph by node, and the orders in which the nodes may run: the graph's own and
 * those of {@link StepOrder}.
 */
final class Jobs {
  private final Placement placement;
  private final List<List<Usage.Call>> calls = new ArrayList<>();
  private final List<StepOrder.Job> jobs = new ArrayList<>();
  private final Map<Memory, Integer> memories = new LinkedHashMap<>();
  private final List<Long> bytes = new ArrayList<>();

  Jobs(List<Usage.Call> all, Placement placement) {
    this.placement = placement;
    Usage usage = Usage.of(all, placement);
    usage
        .lives()
        .forEach(
            (m, life) -> {
              memories.put(m, bytes.size());
              bytes.add(MemoryPlan.aligned(life.bytes()));
            });
    Map<Integer, List<Usage.Call>> byNode = new LinkedHashMap<>();
    all.forEach(c -> byNode.computeIfAbsent(c.node(), n -> new ArrayList<>()).add(c));
    List<Node> nodes = placement.graph().nodes();
    // For each value the jobs that must be done before it can be read.
    Map<Value, Set<Integer>> makers = new LinkedHashMap<>();
    for (int n = 0; n < nodes.size(); n++) {
      Set<Integer> after = new LinkedHashSet<>();
      nodes.get(n).operands().forEach(v -> after.addAll(makers.getOrDefault(v, Set.of())));
      List<Usage.Call> own = byNode.get(n);
      Set<Integer> mine = own == null ? after : Set.of(jobs.size());
      nodes.get(n).results().forEach(v -> makers.put(v, mine));
      if (own != null) {
        calls.add(own);
        jobs.add(new StepOrder.Job(after, touches(own)));
      }
    }
  }

  int size() {
    return jobs.size();
  }

  StepOrder.Job job(int number) {
    return jobs.get(number);
  }

  List<Usage.Call> calls(int job) {
    return calls.get(job);
  }

  /** How many memories the jobs touch. */
  int memories() {
    return bytes.size();
  }

  /** Of a memory, in whole lines. */
  long bytes(int memory) {
    return bytes.get(memory);
  }

  private Set<Integer> touches(List<Usage.Call> own) {
    Set<Integer> touched = new LinkedHashSet<>();
    for (Usage.Call c : own) {
      for (int i = 0; i < c.phase().arguments().size(); i++) {
        touches(c, i).ifPresent(touched::add);
      }
    }
    return touched;
  }

  private Optional<Integer> touches(Usage.Call c, int argument) {
    return Memory.of(c.phase().arguments().get(argument), c.node(), placement)
        .map(m -> Objects.requireNonNull(memories.get(m)));
  }

  /**
   * Other orders of all jobs than the graph's; none where no order can be better, since one job
   * alone touches as much.
   *
   * @param arena bytes that the graph's own order needs
   */
  List<List<Integer>> orders(long arena) {
    long[] sizes = bytes.stream().mapToLong(Long::longValue).toArray();
    return arena <= alone(sizes) ? List.of() : StepOrder.candidates(jobs, sizes);
  }

  /** The order of the graph. */
  List<Integer> order() {
    List<Integer> all = new ArrayList<>();
    for (int j = 0; j < jobs.size(); j++) {
      all.add(j);
    }
    return all;
  }

  /** The calls of jobs in an order, each a launch. */
  Launches alone(List<Integer> order) {
    List<Usage.Call> sequence = new ArrayList<>();
    order.forEach(j -> sequence.addAll(calls.get(j)));
    return Launches.alone(sequence);
  }

  /** The most that one call touches, where every result takes over what it can. */
  private long alone(long[] sizes) {
    long most = 0;
    for (List<Usage.Call> job : calls) {
      for (Usage.Call c : job) {
        Set<Integer> touched = touches(List.of(c));
        c.takeOvers().stream()
            .map(t -> touches(c, t.result()))
            .forEach(m -> touched.remove(m.orElse(-1)));
        most = Math.max(most, touched.stream().mapToLong(m -> sizes[m]).sum());
      }
    }
    return most;
  }
}
