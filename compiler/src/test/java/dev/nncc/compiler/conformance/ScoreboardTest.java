package dev.nncc.compiler.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ScoreboardTest {
  private final Scoreboard board =
      new Scoreboard(
          List.of(
              Outcome.refused("t3", "Loop: not supported").with(Set.of("Loop")),
              Outcome.refused("t4", "Loop: not supported").with(Set.of("Loop", "Add")),
              Outcome.failed("t2", "y: relative L2 0.3").with(Set.of("Conv")),
              Outcome.passed("t1", "y: equal").with(Set.of("Conv", "Add"))));

  @Test
  void operatorsAreCountedAndReasonsGrouped() {
    assertThat(board.text())
        .isEqualTo(
            """
            operator      tests   passed  excused   failed  refused
            Add               2        1        .        .        1
            Conv              2        1        .        1        .
            Loop              2        .        .        .        2

            failed
              y: relative L2 0.3
                t2

            refused
              Loop: not supported
                t3
                t4

            4 tests: 1 passed, 0 excused, 1 failed, 2 refused
            """);
    assertThat(board.isClean()).isFalse();
  }

  @Test
  void theJsonHasTotalsAndReasons() {
    assertThat(board.json().toString())
        .startsWith(
            "{\"total\":4,\"passed\":1,\"excused\":[],\"failed\":[{\"name\":\"t2\",\"why\":\"y: relative L2"
                + " 0.3\"}],\"refused\":[{\"name\":\"t3\",\"why\":\"Loop: not supported\"},");
  }

  @Test
  void anOutcomeSurvivesTheTripBetweenProcesses() {
    Outcome o = Outcome.failed("a/b", "quote \" and \\ and \t ü").with(Set.of("X")).withSeconds(2);
    assertThat(o.toJson()).hasLineCount(1);
    assertThat(Outcome.parse(o.toJson())).isEqualTo(o);
  }
}
