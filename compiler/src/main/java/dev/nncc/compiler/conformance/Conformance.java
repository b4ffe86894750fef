package dev.nncc.compiler.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Runs tests one after the other in this process, for tests of our own. A test that crashes takes
 * the process with it; {@link WorkerPool} survives that.
 */
public final class Conformance {
  private Conformance() {}

  /** Runs all tests; {@code each} hears of every outcome. */
  public static Scoreboard run(List<TestCase> cases, CaseRunner runner, Consumer<Outcome> each) {
    List<Outcome> outcomes = new ArrayList<>();
    for (TestCase test : cases) {
      Outcome outcome = runner.run(test);
      each.accept(outcome);
      outcomes.add(outcome);
    }
    return new Scoreboard(outcomes);
  }
}
