package dev.nncc.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectCommandTest {
  @TempDir Path folder;

  private String inspected(Path model, String when) {
    Path out = folder.resolve(when);
    CommandRun made = CommandRun.of("compile", model, "-o", out, "--expand-weights", when, "-q");
    assertThat(made.code()).as(made.err()).isZero();
    return CommandRun.of("inspect", out).out();
  }

  private static String line(String text, String what) {
    return text.lines().filter(l -> l.startsWith(what + " ")).findFirst().orElseThrow();
  }

  /** Weights that are made once are no part of what each run does. */
  @Test
  void callsThatPrepareWeightsAreNoneOfARun() throws IOException {
    Path model = WindowNetwork.write(folder.resolve("windows.nn"));
    String stored = inspected(model, "compile");
    String made = inspected(model, "load");
    assertThat(line(made, "work")).isEqualTo(line(stored, "work"));
    assertThat(line(made, "weights"))
        .containsPattern("; [0-9.]+ kB are made of them at load, by 1 call that no run makes$");
    assertThat(line(stored, "weights")).doesNotContain("at load");
  }
}
