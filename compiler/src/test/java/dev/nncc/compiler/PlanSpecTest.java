package dev.nncc.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PlanSpecTest {
  private static final double LONG = 11 * 5_000;

  @Test
  void chunksFollowFromTheTimeTheyTake() {
    assertThat(PlanSpec.chunks(1, 16, false)).isEqualTo(1);
    assertThat(PlanSpec.chunks(LONG, 16, false)).isEqualTo(11);
    assertThat(PlanSpec.chunks(LONG, 7, false)).isEqualTo(7);
    assertThat(PlanSpec.chunks(1e9, 1000, false)).isEqualTo(64);
    assertThat(PlanSpec.chunks(1, 0, true)).isEqualTo(1);
  }

  @Test
  void chunksOfALoopThatIsRepeatedAreOfOneSize() {
    assertThat(PlanSpec.chunks(LONG, 16, true)).isEqualTo(16);
    assertThat(PlanSpec.chunks(LONG, 60, true)).isEqualTo(12);
    assertThat(PlanSpec.chunks(1, 16, true)).isEqualTo(1);
    assertThat(PlanSpec.chunks(LONG, 8191, true)).as("a prime number").isEqualTo(11);
  }
}
