package dev.nncc.tensor.schedule;

import static dev.nncc.tensor.schedule.HandScheduleTest.check;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.text.Parser;
import dev.nncc.tensor.text.Printer;
import org.junit.jupiter.api.Test;

/** Steps and places that change nothing are left out: behind the last channel, on a border. */
class LeftOutTest {
  /** 22 channels in blocks of 8: the last block has 6 of them. */
  private static final String TAIL =
      """
      kernel tail(X: f32 [3,5,8], W: f32 [3,8,16], Y: f32 [5,16])
      for m < 5, n < 16, c < 3, d < 8 Y[m, n] = reduce + (c, d) \
      select(c * 8 + d < 22, X[c, m, d] * W[c, d, n], 0.0)
      """;

  private static final String TILED =
      """
      split d 2 -> ds du; reorder c ds du m n
      unroll du m; vectorise n
      accumulate Y at root as acc
      """;

  @Test
  void stepsThatALastBlockLacks() {
    check(TAIL, TILED + "trim c ds as _r");
    String text = Printer.print(Schedule.apply(Parser.parse(TAIL), TILED + "trim c ds as _r"));
    assertThat(text).contains("for ds_r < 3").doesNotContain("if").doesNotContain("select");
  }

  @Test
  void aLastBlockIsTrimmedInWholeIterationsOnly() {
    Kernel odd = Parser.parse(TAIL.replace("22", "21"));
    assertThatThrownBy(() -> Schedule.apply(odd, TILED + "trim c ds as _r"))
        .hasMessageContaining("part of an iteration");
    Kernel early = Parser.parse(TAIL.replace("22", "14"));
    assertThatThrownBy(() -> Schedule.apply(early, TILED + "trim c ds as _r"))
        .hasMessageContaining("before the last iteration");
    Kernel all = Parser.parse(TAIL.replace("c * 8 + d < 22", "m + d < 22"));
    assertThatThrownBy(() -> Schedule.apply(all, TILED + "trim c ds as _r"))
        .isInstanceOf(Illegal.class);
  }

  /** Rows 0 and 5 of X are a border. */
  private static final String BORDERED =
      """
      kernel bordered(X: f32 [6,6,4], W: f32 [3,4,16], Y: f32 [4,6,16])
      for h < 4, w < 6, n < 16, k < 3, d < 4 Y[h, w, n] = reduce + (k, d) \
      select(0 < h + k & h + k < 5, X[h + k, w, d] * W[k, d, n], 0.0)
      """;

  private static final String ROWS =
      """
      split h 2 -> hx hr; split d 2 -> ds du; reorder hx k ds du w hr n
      unroll du w hr; vectorise n
      accumulate Y at hx as acc
      """;

  /** X's border is zero, so the condition changes nothing but the work. */
  @Test
  void stepsOnABorderAreLeftOut() {
    check(BORDERED, ROWS + "lift k");
    String text = Printer.print(Schedule.apply(Parser.parse(BORDERED), ROWS + "lift k"));
    assertThat(text).containsPattern("for k < 3 \\{\\s+if ").doesNotContain("select");
    assertThat(text.split("if \\(")).as("once for both rows, then for each").hasSize(4);
    check(BORDERED, ROWS.replace("split h 2", "split h 1") + "lift k");
  }

  @Test
  void hintsStayWhereStepsAreLeftOut() {
    String one =
        """
        split d 2 -> ds du; reorder h k ds du w n; unroll du w; vectorise n
        accumulate Y at h as acc; prefetch W at ds by 2; lift k
        """;
    check(BORDERED, one);
    String text = Printer.print(Schedule.apply(Parser.parse(BORDERED), one));
    assertThat(text)
        .containsPattern("else \\{\\s+for ds_k < 2 \\{\\s+unroll \\w+ < 2 \\{\\s+prefetch");
  }

  @Test
  void aConditionIsLiftedOverWhatDoesNotMoveIt() {
    Kernel many = Parser.parse(BORDERED);
    assertThatThrownBy(
            () -> Schedule.apply(many, ROWS.replace("split h 2", "split h 4") + "lift k"))
        .hasMessageContaining("in each iteration of hr");
    Kernel lanes = Parser.parse(BORDERED.replace("0 < h + k & h + k < 5", "n < 9"));
    assertThatThrownBy(() -> Schedule.apply(lanes, ROWS + "lift k")).isInstanceOf(Illegal.class);
    Kernel none = Parser.parse(BORDERED.replaceAll("select\\(.*, (X.*), 0.0\\)", "$1"));
    assertThatThrownBy(() -> Schedule.apply(none, ROWS + "lift k")).isInstanceOf(Illegal.class);
  }

  /** Rows 0 and 5, columns 0 and 7 of X are a border. */
  private static final String FRAMED =
      """
      kernel framed(X: f32 [6,8,4], W: f32 [3,3,4,16], Y: f32 [4,6,16])
      for h < 4, w < 6, n < 16, k < 3, l < 3, d < 4 Y[h, w, n] = reduce + (k, l, d) \
      select(0 < h + k & h + k < 5 & 0 < w + l & w + l < 7, X[h + k, w + l, d] * W[k, l, d, n], 0.0)
      """;

  private static final String WHOLE_ROWS =
      """
      reorder h k l d w n; unroll w; vectorise n
      accumulate Y at h as acc
      """;

  private static final String HALF_ROWS =
      """
      split w 3 -> wx wr; reorder h wx k l d wr n; unroll wr; vectorise n
      accumulate Y at wx as acc
      """;

  /** X's border is zero, so the condition changes nothing but the work. */
  @Test
  void placesOfATileOnABorderAreLeftOut() {
    check(FRAMED, WHOLE_ROWS + "lift k; clip l");
    String rows =
        Printer.print(Schedule.apply(Parser.parse(FRAMED), WHOLE_ROWS + "lift k; clip l"));
    assertThat(rows).contains("unroll w_l0 < 5", "unroll w_l1 < 6", "unroll w_l2 < 5");
    assertThat(rows).containsPattern("for k < 3 \\{\\s+if ").doesNotContain("for l");
    assertThat(rows.split("if \\(")).as("rows only").hasSize(2);

    check(FRAMED, HALF_ROWS + "lift k; clip l");
    String halves =
        Printer.print(Schedule.apply(Parser.parse(FRAMED), HALF_ROWS + "lift k; clip l"));
    assertThat(halves).contains("unroll wr_l0 < 3", "unroll wr_l0_1 < 2", "unroll wr_l2_1 < 2");
    assertThat(halves).contains("unroll wr_l1 < 3").doesNotContain("wr_l1_1");
    check(
        FRAMED,
        HALF_ROWS
                .replace("reorder h wx", "reorder h wx k l d wr n; fuse h wx -> hw; reorder hw")
                .replace("at wx", "at hw")
            + "clip l");
  }

  @Test
  void placesAreLeftOutWhereTheyAreKnown() {
    Kernel framed = Parser.parse(FRAMED);
    assertThatThrownBy(() -> Schedule.apply(framed, HALF_ROWS.replace("unroll wr", "") + "clip l"))
        .hasMessageContaining("of one unrolled loop");
    Kernel odd = Parser.parse(FRAMED.replace("w + l < 7", "w + l < 7 & w % 2 < l"));
    assertThatThrownBy(() -> Schedule.apply(odd, WHOLE_ROWS + "clip l"))
        .hasMessageContaining("no neighbours");
    Kernel none = Parser.parse(BORDERED);
    assertThatThrownBy(() -> Schedule.apply(none, ROWS + "clip d")).isInstanceOf(Illegal.class);
  }
}
