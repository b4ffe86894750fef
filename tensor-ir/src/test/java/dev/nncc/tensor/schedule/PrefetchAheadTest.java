package dev.nncc.tensor.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.tensor.text.Parser;
import dev.nncc.tensor.text.Printer;
import org.junit.jupiter.api.Test;

class PrefetchAheadTest {
  private static final String SCRIPT =
      """
      split n 8 -> nq nl; split k 2 -> ks ku; reorder m ks ku nq nl
      unroll ku nq; vectorise nl; accumulate Y at m as acc; prefetch W at ks by 4
      """;

  private static String hinted(int columns) {
    String product =
        """
        kernel product(X: f32[3,64], W: f32[64,%d], Y: f32[3,%d])
          for m < 3, n < %d, k < 64 Y[m, n] = reduce + (k) X[m, k] * W[k, n]
        """
            .formatted(columns, columns, columns);
    return Printer.print(Schedule.apply(Parser.parse(product), SCRIPT));
  }

  /** Two vectors of eight numbers share a line: one hint for each step. */
  @Test
  void aLineThatSeveralVectorsShareHasOneHint() {
    assertThat(hinted(16))
        .contains("unroll nq_ks < 1")
        .contains("prefetch 1 W[(((ks * 2) + ku_ks) + 8), (nq_ks * 16)]");
  }

  /** Three vectors are a line and a half. */
  @Test
  void halfALineHasAHintOfItsOwn() {
    assertThat(hinted(24)).contains("unroll nq_ks < 2").contains("(nq_ks * 16)]");
  }

  /** Steps of half a line each: the hint for the first reaches the second one's. */
  @Test
  void stepsShareLinesToo() {
    assertThat(hinted(8)).contains("unroll ku_ks < 1");
  }
}
