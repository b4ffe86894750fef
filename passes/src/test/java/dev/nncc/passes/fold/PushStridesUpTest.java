package dev.nncc.passes.fold;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.PoolKind;
import dev.nncc.graph.op.Slice;
import dev.nncc.graph.op.TopK;
import dev.nncc.passes.GraphText;
import dev.nncc.passes.Meaning;
import dev.nncc.passes.Model;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.PassOptions;
import dev.nncc.passes.Pipeline;
import java.util.List;
import org.junit.jupiter.api.Test;

class PushStridesUpTest {
  private static final List<Long> ONES = List.of(1L, 1L);
  private static final List<Long> TWOS = List.of(2L, 2L);
  private static final List<Long> NONE = List.of(0L, 0L);

  private final Model m = new Model();
  private final Value x = m.input("x", 1, 3, 7, 8);

  private Value point(Value v, long channels, List<Long> strides) {
    long in = v.type().dim(1);
    return m.op(new Conv(strides, NONE, NONE, ONES, 1), v, m.weight(channels, in, 1, 1));
  }

  private static Graph run(Graph g) {
    PassContext context = new PassContext(PassOptions.DEFAULT);
    Graph after = new PushStridesUp().apply(g, context);
    assertThat(Pipeline.firstWrong(after)).isEmpty();
    assertThat(new PushStridesUp().apply(after, context)).isSameAs(after);
    return after;
  }

  private static void becomes(Graph before, String text) {
    Graph after = run(before);
    assertThat(GraphText.of(after)).isEqualTo(text);
    Meaning.same(before, after, true);
  }

  private static void stays(Graph g) {
    assertThat(run(g)).isSameAs(g);
  }

  @Test
  void goesThroughElementwiseNodesUpToAConvolution() {
    Value c = m.op(ElementwiseKind.SIGMOID, m.mul(m.convBias(x, 5, 3), m.weight(5, 1, 1)));
    becomes(
        m.build(m.relu(point(c, 6, List.of(2L, 3L)))),
        """
        in x: f64[1,3,7,8]
        %0 = Conv(x, #f64[5,3,3,3], #f64[5]) {strides=[2, 3], pads=[1, 1, 1, 1]}
        %1 = Mul(%0, #f64[5,1,1])
        %2 = Sigmoid(%1)
        %3 = Conv(%2, #f64[6,5,1,1]) {strides=[1, 1]}
        %4 = Relu(%3)
        out %4
        """);
  }

  @Test
  void samplesWhatStandsInForAPoolThatHasNothingLeftToDo() {
    Pool every = new Pool(PoolKind.MAX, ONES, TWOS, NONE, NONE, ONES, false, false);
    Value pool = m.op(every, m.conv(x, 5, 3));
    Graph before = m.build(point(m.add(pool, m.conv(pool, 5, 3)), 4, TWOS));
    Graph after = run(before);
    assertThat(GraphText.of(after)).doesNotContain("Pool(").contains("strides=[2, 2]");
    Meaning.same(before, after, true);
  }

  @Test
  void goesThroughASumThatTwoConvolutionsRead() {
    Pool pool = new Pool(PoolKind.AVERAGE, TWOS, ONES, NONE, ONES, ONES, false, false);
    Value sum = m.relu(m.add(m.conv(x, 3, 3), m.op(pool, x)));
    becomes(
        m.build(point(sum, 4, TWOS), point(sum, 6, TWOS)),
        """
        in x: f64[1,3,7,8]
        %0 = Conv(x, #f64[3,3,3,3]) {strides=[2, 2], pads=[1, 1, 1, 1]}
        %1 = Pool(x) {kind=average, kernel=[2, 2], strides=[2, 2], pads=[0, 0, 1, 1]}
        %2 = Add(%0, %1)
        %3 = Relu(%2)
        %4 = Conv(%3, #f64[4,3,1,1]) {strides=[1, 1]}
        %5 = Conv(%3, #f64[6,3,1,1]) {strides=[1, 1]}
        out %4, %5
        """);
  }

  @Test
  void goesThroughPointConvolutionsOneByOne() {
    becomes(
        m.build(point(m.relu(point(m.conv(x, 5, 3), 4, TWOS)), 6, TWOS)),
        """
        in x: f64[1,3,7,8]
        %0 = Conv(x, #f64[5,3,3,3]) {strides=[4, 4], pads=[1, 1, 1, 1]}
        %1 = Conv(%0, #f64[4,5,1,1]) {strides=[1, 1]}
        %2 = Relu(%1)
        %3 = Conv(%2, #f64[6,4,1,1]) {strides=[1, 1]}
        out %3
        """);
  }

  @Test
  void keepsPixelsThatOthersRead() {
    Value c = m.relu(m.conv(x, 5, 3));
    stays(m.build(point(c, 6, TWOS), point(c, 4, ONES)));
  }

  @Test
  void keepsPixelsOfAnOutput() {
    Value c = m.relu(m.conv(x, 5, 3));
    stays(m.build(point(c, 6, TWOS), c));
  }

  @Test
  void keepsPixelsThatDifferentStridesRead() {
    Value c = m.relu(m.conv(x, 5, 3));
    stays(m.build(point(c, 6, TWOS), point(c, 4, List.of(2L, 1L))));
  }

  /** The last block of a stage: the block before it is read whole by the window of this one. */
  @Test
  void takesWhatIsLeftOfASummandThatOthersReadWhole() {
    Value block = m.relu(point(x, 4, ONES));
    Value sum = m.relu(m.add(point(m.conv(block, 3, 3), 4, ONES), block));
    becomes(
        m.build(point(sum, 6, TWOS), m.relu(point(sum, 5, TWOS))),
        """
        in x: f64[1,3,7,8]
        %0 = Conv(x, #f64[4,3,1,1]) {strides=[1, 1]}
        %1 = Relu(%0)
        %2 = Conv(%1, #f64[3,4,3,3]) {strides=[2, 2], pads=[1, 1, 1, 1]}
        %3 = Conv(%2, #f64[4,3,1,1]) {strides=[1, 1]}
        %4 = Slice(%1) {starts=[0, 0, 0, 0], sizes=[1, 4, 4, 4], steps=[1, 1, 2, 2]}
        %5 = Add(%3, %4)
        %6 = Relu(%5)
        %7 = Conv(%6, #f64[6,4,1,1]) {strides=[1, 1]}
        %8 = Conv(%6, #f64[5,4,1,1]) {strides=[1, 1]}
        %9 = Relu(%8)
        out %7, %9
        """);
  }

  @Test
  void takesWhatIsLeftOfAnInputThatIsAdded() {
    becomes(
        m.build(point(m.add(m.conv(x, 3, 3), x), 6, List.of(2L, 3L))),
        """
        in x: f64[1,3,7,8]
        %0 = Conv(x, #f64[3,3,3,3]) {strides=[2, 3], pads=[1, 1, 1, 1]}
        %1 = Slice(x) {starts=[0, 0, 0, 0], sizes=[1, 3, 4, 3], steps=[1, 1, 2, 3]}
        %2 = Add(%0, %1)
        %3 = Conv(%2, #f64[6,3,1,1]) {strides=[1, 1]}
        out %3
        """);
  }

  @Test
  void keepsASumOfInputs() {
    Value y = m.input("y", 1, 3, 7, 8);
    stays(m.build(point(m.add(x, y), 6, TWOS)));
  }

  @Test
  void keepsASumWithAConstantImage() {
    stays(m.build(point(m.add(m.conv(x, 3, 3), m.weight(1, 1, 7, 8)), 6, TWOS)));
  }

  @Test
  void keepsWhatALargerWindowReads() {
    Value c = m.relu(m.conv(x, 5, 3));
    stays(m.build(m.op(new Conv(TWOS, ONES, ONES, ONES, 1), c, m.weight(4, 5, 3, 3))));
  }

  @Test
  void keepsAResultAmongSeveral() {
    List<Value> sorted = m.ops(new TopK(3, 4, true), m.input("z", 1, 3, 7, 8));
    stays(m.build(point(sorted.get(0), 6, TWOS)));
  }

  @Test
  void keepsAPoolThatRoundsUp() {
    Pool pool = new Pool(PoolKind.MAX, TWOS, TWOS, NONE, NONE, ONES, false, true);
    stays(m.build(point(m.op(pool, x), 6, TWOS)));
  }

  private Value every(Value v, long start, long step) {
    long h = (v.type().dim(2) - start + step - 1) / step;
    long w = (v.type().dim(3) + step - 1) / step;
    List<Long> sizes = List.of(1L, v.type().dim(1) - 1, h, w);
    return m.op(new Slice(List.of(0L, 1L, start, 0L), sizes, List.of(1L, 1L, step, step)), v);
  }

  private static Pool ofOne(List<Long> kernel, List<Long> pads) {
    return new Pool(PoolKind.MAX, kernel, TWOS, pads, pads, ONES, false, false);
  }

  @Test
  void aSliceThatSkipsPixelsTakesChannelsOnly() {
    becomes(
        m.build(m.relu(every(m.relu(m.conv(x, 5, 3)), 0, 2))),
        """
        in x: f64[1,3,7,8]
        %0 = Conv(x, #f64[5,3,3,3]) {strides=[2, 2], pads=[1, 1, 1, 1]}
        %1 = Relu(%0)
        %2 = Slice(%1) {starts=[0, 1, 0, 0], sizes=[1, 4, 4, 4]}
        %3 = Relu(%2)
        out %3
        """);
  }

  @Test
  void aPoolOfOnePixelGoes() {
    Value c = m.relu(m.conv(x, 5, 3));
    becomes(
        m.build(m.op(ofOne(ONES, NONE), c), point(c, 4, TWOS)),
        """
        in x: f64[1,3,7,8]
        %0 = Conv(x, #f64[5,3,3,3]) {strides=[2, 2], pads=[1, 1, 1, 1]}
        %1 = Relu(%0)
        %2 = Conv(%1, #f64[4,5,1,1]) {strides=[1, 1]}
        out %1, %2
        """);
  }

  @Test
  void stridesOfStridesAreMultiplied() {
    Value c = m.op(ofOne(ONES, NONE), every(m.conv(x, 5, 3), 0, 2));
    becomes(
        m.build(point(c, 4, ONES)),
        """
        in x: f64[1,3,7,8]
        %0 = Conv(x, #f64[5,3,3,3]) {strides=[4, 4], pads=[1, 1, 1, 1]}
        %1 = Slice(%0) {starts=[0, 1, 0, 0], sizes=[1, 4, 2, 2]}
        %2 = Conv(%1, #f64[4,4,1,1]) {strides=[1, 1]}
        out %2
        """);
  }

  @Test
  void keepsWhatASliceReadsFromTheSecondPixel() {
    stays(m.build(every(m.conv(x, 5, 3), 1, 2)));
  }

  @Test
  void keepsWhatALargerPoolReads() {
    stays(m.build(m.op(ofOne(TWOS, NONE), m.conv(x, 5, 3))));
    stays(m.build(m.op(ofOne(ONES, ONES), m.conv(x, 5, 3))));
  }

  @Test
  void keepsASliceOfAnInput() {
    stays(m.build(every(x, 0, 2)));
  }
}
