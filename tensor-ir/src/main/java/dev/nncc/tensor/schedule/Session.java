package dev.nncc.tensor.schedule;

import dev.nncc.tensor.ir.Kernel;
import java.util.ArrayList;
import java.util.List;

/** A kernel on its way through directives, each of which is taken only when it is legal. */
final class Session {
  private final Deviation deviation;
  private Kernel kernel;
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
