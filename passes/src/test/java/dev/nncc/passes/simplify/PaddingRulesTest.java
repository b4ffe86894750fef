package dev.nncc.passes.simplify;

import static dev.nncc.passes.RuleTester.of;

import dev.nncc.graph.Value;
import dev.nncc.graph.op.Pad;
import dev.nncc.graph.op.PadMode;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.PoolKind;
import dev.nncc.passes.Model;
import java.util.List;
import org.junit.jupiter.api.Test;

class PaddingRulesTest {
  private final Model m = new Model();

  private Value pool(Value v, PoolKind kind, boolean countPad, boolean ceil) {
    List<Long> ones = List.of(1L, 1L);
    List<Long> none = List.of(0L, 0L);
    return m.op(new Pool(kind, List.of(2L, 2L), ones, none, none, ones, countPad, ceil), v);
  }

  private Value padded(double value) {
    List<Long> pads = List.of(0L, 0L, 1L, 1L);
    return m.op(new Pad(pads, pads, PadMode.CONSTANT, value), m.input("x", 1, 2, 3, 3));
  }

  /** Windows of one element in steps of two, behind a border of so many. */
  private Value samples(long border) {
    List<Long> ones = List.of(1L, 1L);
    List<Long> twos = List.of(2L, 2L);
    List<Long> begin = List.of(border, border);
    List<Long> none = List.of(0L, 0L);
    Value x = m.input("x", 1, 2, 1 + border, 1 + border);
    return m.op(new Pool(PoolKind.MAX, ones, twos, begin, none, ones, false, false), x);
  }

  @Test
  void dropsAPoolThatTakesEachElementAlone() {
    of(new DropIdentity())
        .on(m.build(m.relu(samples(0))))
        .becomes("in x: f64[1,2,1,1]\n%0 = Relu(x)\nout %0\n")
        .meansTheSame();
  }

  @Test
  void keepsAPoolOfTheSameSizeThatTakesTheBorder() {
    of(new DropIdentity()).on(m.build(m.relu(samples(1)))).doesNotFire();
  }

  @Test
  void padsInTheConvolution() {
    of(new FoldPadIntoConv())
        .on(m.build(m.conv(padded(0), 2, 3)))
        .becomes("in x: f64[1,2,3,3]\n%0 = Conv(x, #f64[2,2,3,3]) {pads=[2, 2, 2, 2]}\nout %0\n")
        .meansTheSame();
  }

  @Test
  void keepsABorderOfOnes() {
    of(new FoldPadIntoConv()).on(m.build(m.conv(padded(1), 2, 3))).doesNotFire();
  }

  @Test
  void averagesOverTheZerosOfABorder() {
    of(new FoldPadIntoPool())
        .on(m.build(pool(padded(0), PoolKind.AVERAGE, false, false)))
        .meansTheSame();
  }

  @Test
  void takesTheMaximumBesideMinusInfinity() {
    of(new FoldPadIntoPool())
        .on(m.build(pool(padded(Double.NEGATIVE_INFINITY), PoolKind.MAX, false, false)))
        .meansTheSame();
  }

  @Test
  void keepsZerosAroundAMaximum() {
    of(new FoldPadIntoPool())
        .on(m.build(pool(padded(0), PoolKind.MAX, false, false)))
        .doesNotFire();
  }

  @Test
  void keepsTheBorderOfARoundedUpPool() {
    of(new FoldPadIntoPool())
        .on(m.build(pool(padded(0), PoolKind.AVERAGE, false, true)))
        .doesNotFire();
  }

  @Test
  void averagesAWholeImageByAReduction() {
    of(new PoolToReduce())
        .on(m.build(pool(m.input("x", 1, 3, 2, 2), PoolKind.AVERAGE, false, false)))
        .becomes(
            """
            in x: f64[1,3,2,2]
            %0 = Reduce(x) {kind=mean, axes=[2, 3], keepDims=true}
            out %0
            """)
        .meansTheSame();
  }

  @Test
  void keepsAPoolOfSeveralWindows() {
    of(new PoolToReduce())
        .on(m.build(pool(m.input("x", 1, 3, 3, 2), PoolKind.AVERAGE, false, false)))
        .doesNotFire();
  }
}
