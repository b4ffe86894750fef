package dev.nncc.tensor.plan;

import dev.nncc.graph.Value;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.lower.Argument;
import dev.nncc.tensor.lower.Phase;
import dev.nncc.tensor.placement.Placement;
import dev.nncc.tensor.storage.Storage;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** From which call to which each memory of the arena is used, and how large it is. */
record Usage(Map<Memory, Life> lives) {
  /**
   * A kernel call of a node, before anything has an address.
   *
   * @param takeOvers results that may take over the memory of an operand
   */
  record Call(int node, Phase phase, List<TakeOver> takeOvers) {
    static Call of(int node, Phase phase, Placement placement) {
      return new Call(node, phase, InPlace.takeOvers(phase, node, placement));
    }
  }

  /** The arguments by number, and the kernel that touches the memory through the result only. */
  record TakeOver(int operand, int result, Kernel kernel) {}

  /** Calls {@code first} to {@code last}, both included. */
  record Life(long bytes, int first, int last) {
    Life with(long newBytes, int call) {
      return new Life(Math.max(bytes, newBytes), first, call);
    }
  }

  static Usage of(List<Call> calls, Placement placement) {
    Map<Memory, Life> lives = new LinkedHashMap<>();
    for (int c = 0; c < calls.size(); c++) {
      Call call = calls.get(c);
      for (Argument a : call.phase().arguments()) {
        Optional<Memory> m = Memory.of(a, call.node(), placement);
        if (m.isPresent()) {
          long bytes = bytes(a, placement);
          Life old = lives.get(m.get());
          lives.put(m.get(), old == null ? new Life(bytes, c, c) : old.with(bytes, c));
        }
      }
    }
    return new Usage(lives);
  }

  /** The same with lives that end where launches end, and begin where they begin. */
  Usage during(Launches launches) {
    Map<Memory, Life> all = new LinkedHashMap<>();
    lives.forEach(
        (m, life) ->
            all.put(
                m,
                new Life(life.bytes(), launches.first(life.first()), launches.last(life.last()))));
    return new Usage(all);
  }

  private static long bytes(Argument a, Placement placement) {
    if (a instanceof Argument.OfScratch s) {
      return s.bytes();
    }
    Value root = placement.root(((Argument.OfValue) a).value());
    Storage s = placement.storage(root);
    return s.elements() * s.dtype().bytes();
  }
}
