package dev.nncc.tensor.schedule;

import dev.nncc.tensor.ir.Kernel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A kernel on its way through directives, each of which is taken only when it is legal. */
final class Session {
  private final Deviation deviation;
  private Kernel kernel;
  private Optional<Known> last = Optional.empty();
  private final List<Directive> done = new ArrayList<>();

  Session(Kernel kernel) {
    this(kernel, Deviation.NONE);
  }

  Session(Kernel kernel, Deviation deviation) {
    this.kernel = kernel;
    this.deviation = deviation;
  }

  /** Where the plans depart from the rule. */
  Deviation deviation() {
    return deviation;
  }

  Kernel kernel() {
    return kernel;
  }

  /** The nest below a loop. Plans ask again for what the one before asked for last. */
  @SuppressWarnings("ReferenceEquality") // a kernel that a directive was applied to is another one
  NestModel model(String head) {
    Optional<Known> same = last.filter(l -> l.kernel == kernel && l.head.equals(head));
    if (same.isPresent()) {
      return same.get().model;
    }
    NestModel n = NestModel.of(kernel, Nests.find(kernel, head).orElseThrow());
    last = Optional.of(new Known(kernel, head, n));
    return n;
  }

  private record Known(Kernel kernel, String head, NestModel model) {}

  /** Applies the directive if it is legal. */
  boolean attempt(Directive d) {
    try {
      kernel = Schedule.apply(kernel, d);
      done.add(d);
      return true;
    } catch (Illegal refused) {
      return false;
    }
  }

  /** Applies all or none. */
  boolean attemptAll(List<Directive> all) {
    Mark before = mark();
    for (Directive d : all) {
      if (!attempt(d)) {
        back(before);
        return false;
      }
    }
    return true;
  }

  /** A state to come back to. */
  record Mark(Kernel kernel, int steps) {}

  Mark mark() {
    return new Mark(kernel, done.size());
  }

  void back(Mark m) {
    kernel = m.kernel;
    done.subList(m.steps, done.size()).clear();
  }

  String script() {
    StringBuilder s = new StringBuilder();
    done.forEach(d -> s.append(d).append('\n'));
    return s.toString();
  }
}
