package dev.nncc.compiler.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.Parts;
import dev.nncc.graph.random.RandomGraph;
import dev.nncc.graph.random.Shrink;
import dev.nncc.graph.text.GraphPrinter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Libraries of random graphs: every kernel gives what the reference evaluator does. */
class RandomGraphsCompiledTest {
  private static final int FEW = Integer.getInteger("nncc.graphs", 25);
  private static final int MANY = Integer.getInteger("nncc.graphs", 1000);
  private static final long FIRST = Long.getLong("nncc.seed", 0);
  private static final int MOST_FAULTS = 5;

  @TempDir Path folder;
  private int compiled;

  @Test
  void kernelsAreRight() {
    run(FIRST, FEW);
  }

  @Test
  @Tag("full")
  void kernelsOfManyGraphsAreRight() {
    run(100_000 + FIRST, MANY);
  }

  private void run(long first, int count) {
    List<String> faults = new ArrayList<>();
    for (long seed = first; seed < first + count && faults.size() < MOST_FAULTS; seed++) {
      RandomGraph g = RandomGraph.of(seed);
      Optional<String> fault = fault(g);
      if (fault.isPresent()) {
        String kind = kind(fault.get());
        RandomGraph small =
            Shrink.minimal(g, c -> fault(c).filter(f -> kind(f).equals(kind)).isPresent());
        faults.add(
            "seed "
                + seed
                + ": "
                + fault(small).orElse(fault.get())
                + "\n"
                + GraphPrinter.print(small.graph())
                + Shrink.inputs(small));
      }
    }
    assertThat(faults).isEmpty();
  }

  /** Up to the first colon: the check that failed. */
  private static String kind(String fault) {
    return fault.substring(0, fault.indexOf(':'));
  }

  private Optional<String> fault(RandomGraph g) {
    Path out = folder.resolve("g" + compiled++);
    try {
      Verification.Result r =
          new Verification(
                  g.graph(),
                  g.inputs(),
                  CompileOptions.DEFAULT.withJobs(1),
                  Parts.STANDARD,
                  Verification.Listener.NONE)
              .run(out);
      return r.wrongKernel().map(k -> k.cause() + ": " + k);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (RuntimeException e) {
      List<StackTraceElement> at = List.of(e.getStackTrace()).subList(0, 5);
      return Optional.of(
          e.getClass().getSimpleName() + " in " + at.get(0).getClassName() + ": " + e + at);
    }
  }
}
