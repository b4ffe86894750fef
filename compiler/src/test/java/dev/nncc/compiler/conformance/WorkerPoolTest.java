package dev.nncc.compiler.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.compiler.conformance.Outcome.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** With shell scripts in place of workers. */
class WorkerPoolTest {
  /** Answers by the name of the test: dies on the word "die", sleeps on the word "sleep". */
  private static final String WORKER =
      """
      while IFS='\t' read -r name rest; do
        case $name in
          die*) echo '# SIGSEGV (0xb) at pc=0x00007f' >&2; echo '# Problematic frame:' >&2
                echo '# C  [libmodel.so+0x1f]  nncc_k3_conv' >&2; kill -ABRT $$;;
          sleep*) sleep 60;;
          *) echo '{"name":"'$name'","kind":"passed","why":"pid '$$'","seconds":1}';;
        esac
      done
      """;

  private static Map<String, Outcome> run(int jobs, Duration limit, String... names)
      throws IOException {
    List<TestCase> cases = new ArrayList<>();
    for (String name : names) {
      cases.add(new TestCase(name, Path.of("nowhere"), List.of()));
    }
    Map<String, Outcome> heard = new TreeMap<>();
    Scoreboard board =
        new WorkerPool(List.of("sh", "-c", WORKER), jobs, limit)
            .run(cases, o -> heard.put(o.name(), o));
    assertThat(board.outcomes()).containsExactlyInAnyOrderElementsOf(heard.values());
    return heard;
  }

  @Test
  void oneWorkerServesManyTests() throws IOException {
    Map<String, Outcome> o = run(1, Duration.ofMinutes(1), "a", "b", "c");
    assertThat(o).hasSize(3);
    assertThat(o.values().stream().map(Outcome::why).distinct()).hasSize(1);
  }

  @Test
  void aTestThatKillsItsWorkerFailsAndTheNextGetsANewOne() throws IOException {
    Map<String, Outcome> o = run(1, Duration.ofMinutes(1), "a", "die", "z");
    assertThat(o.get("a").kind()).isEqualTo(Kind.PASSED);
    assertThat(o.get("die").kind()).isEqualTo(Kind.FAILED);
    assertThat(o.get("die").why())
        .isEqualTo(
            "ended the process: exit code 134: SIGSEGV (0xb); C  [libmodel.so+0x1f]  nncc_k3_conv");
    assertThat(o.get("z").kind()).isEqualTo(Kind.PASSED);
    assertThat(o.get("z").why()).isNotEqualTo(o.get("a").why());
  }

  @Test
  void aTestThatTakesTooLongFailsAndTheNextGetsANewWorker() throws IOException {
    Map<String, Outcome> o = run(1, Duration.ofSeconds(1), "sleep", "z");
    assertThat(o.get("sleep").why()).isEqualTo("took longer than 1 s");
    assertThat(o.get("z").kind()).isEqualTo(Kind.PASSED);
  }

  @Test
  void severalWorkersShareTheTests() throws IOException {
    assertThat(run(3, Duration.ofMinutes(1), "a", "b", "die1", "die2", "e", "f")).hasSize(6);
  }
}
