package dev.nncc.tensor.plan;

import dev.nncc.graph.Node;
import dev.nncc.graph.Origin;
import dev.nncc.tensor.constant.Packed;
import dev.nncc.tensor.lower.Phase;
import java.util.ArrayList;
import java.util.List;

/**
 * All that a run does, as data: kernel calls in order, the constants in the order in which they are
 * read, the arena.
 *
 * @param constants each packed constant that the plan reads, once
 * @param weightBytes end of the library's last stored constant so far; plans may share constants
 * @param preparedBytes the same for constants that are made when the library is loaded
 * @param fills arena bytes that are written once, before the first run
 */
public record RunPlan(
    List<Step> steps,
    List<Placed> constants,
    long weightBytes,
    long preparedBytes,
    MemoryPlan memory,
    List<Fill> fills) {
  /**
   * One call.
   *
   * @param node of the placed graph that the call belongs to; several calls may share one
   * @param beside whether it belongs to one launch with the step before: neither needs anything of
   *     the other
   */
  public record Step(Phase phase, List<Pointer> pointers, Node node, boolean beside) {
    public Step {
      pointers = List.copyOf(pointers);
    }

    /** A step in a launch of its own. */
    public Step(Phase phase, List<Pointer> pointers, Node node) {
      this(phase, pointers, node, false);
    }

    /** In one launch with the step before. */
    Step besidePrevious() {
      return new Step(phase, pointers, node, true);
    }

    /** What the user wrote that this call computes. */
    public Origin origin() {
      return node.origin();
    }
  }

  /**
   * A constant and where it lies.
   *
   * @param at in the weights, or in prepared memory
   */
  public record Placed(Packed packed, Pointer at) {}

  /** {@code bytes} bytes of repeated {@code value}, of type {@code dtype}. */
  public record Fill(long offset, long bytes, dev.nncc.graph.DType dtype, double value) {}

  /** How often threads wait for each other in a run, rounds of loops counted once. */
  public int launches() {
    return (int) steps.stream().filter(s -> !s.beside()).count();
  }

  /** The steps of each launch. */
  public List<List<Step>> together() {
    List<List<Step>> all = new ArrayList<>();
    for (Step s : steps) {
      if (!s.beside()) {
        all.add(new ArrayList<>());
      }
      all.get(all.size() - 1).add(s);
    }
    return all;
  }

  /** The steps in their order: those that are called in turn together, all others alone. */
  public List<List<Step>> loops() {
    List<List<Step>> all = new ArrayList<>();
    for (Step s : steps) {
      List<Step> before = all.isEmpty() ? List.of() : all.get(all.size() - 1);
      boolean goesOn =
          s.phase().rounds() > 1
              && !before.isEmpty()
              && before.get(0).phase().rounds() == s.phase().rounds()
              && before.get(0).node().results().equals(s.node().results());
      if (!goesOn) {
        all.add(new ArrayList<>());
      }
      all.get(all.size() - 1).add(s);
    }
    return all;
  }

  public RunPlan {
    steps = List.copyOf(steps);
    if (!steps.isEmpty() && steps.get(0).beside()) {
      throw new IllegalArgumentException("nothing stands before the first step");
    }
    constants = List.copyOf(constants);
    fills = List.copyOf(fills);
  }
}
