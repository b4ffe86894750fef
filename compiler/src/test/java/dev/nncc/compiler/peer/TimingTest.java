package dev.nncc.compiler.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class TimingTest {
  @Test
  void figuresOfElevenRuns() {
    Timing t = Timing.of(List.of(5.0, 1.0, 3.0, 2.0, 4.0, 11.0, 7.0, 6.0, 8.0, 10.0, 9.0));
    assertThat(t).isEqualTo(new Timing(1, 6, 10, 11));
  }

  @Test
  void anEvenNumberOfRunsHasItsMedianBetweenTwo() {
    assertThat(Timing.of(List.of(1.0, 2.0)).median()).isEqualTo(1.5);
    assertThat(Timing.of(List.of(3.0))).isEqualTo(new Timing(3, 3, 3, 1));
    assertThatThrownBy(() -> Timing.of(List.of())).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void sidesTakeTurnsAfterWarmingUpAndEachBeginsHalfOfTheTime() {
    List<String> order = new ArrayList<>();
    Stopwatch.Result r =
        new Stopwatch(0)
            .time(() -> order.add("ours"), () -> order.add("theirs"), (done, total) -> {});
    assertThat(r.theirs()).isPresent();
    assertThat(r.ratio()).isPresent();
    // With no time to fill a block is one run behind one that does not count; the warm-up in front
    // of them differs from run to run.
    List<String> pair =
        List.of("ours", "ours", "theirs", "theirs", "theirs", "theirs", "ours", "ours");
    assertThat(order.subList(order.size() - 40, order.size()))
        .isEqualTo(Collections.nCopies(5, pair).stream().flatMap(List::stream).toList());
    assertThat(r.ours().runs()).isEqualTo(10);
    assertThat(r.pairs().stream().filter(Stopwatch.Pair::oursFirst)).hasSize(5);
  }

  @Test
  void theFirstRunOfABlockDoesNotCount() {
    double[] next = {0};
    // Runs take 1, 2, 3, .. ms by their own account: of each block's two only the second is kept.
    Stopwatch.Result r = new Stopwatch(0).timeParts(() -> 2, () -> ++next[0], (done, total) -> {});
    List<Double> theirs = r.pairs().stream().map(Stopwatch.Pair::theirs).toList();
    double first = theirs.get(0);
    for (int b = 0; b < theirs.size(); b++) {
      assertThat(theirs.get(b)).isEqualTo(first + 2 * b);
    }
    assertThat(r.ratio().orElseThrow()).isEqualTo((first + 9) / 2);
  }
}
