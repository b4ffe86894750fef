package dev.nncc.passes.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.DType;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Cast;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Fused;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Slice;
import dev.nncc.graph.op.Softmax;
import dev.nncc.passes.GraphText;
import dev.nncc.passes.Meaning;
import dev.nncc.passes.Model;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.PassOptions;
import dev.nncc.passes.Pipeline;
import java.util.List;
import org.junit.jupiter.api.Test;

class FuseVerticallyTest {
  private final Model m = new Model();

  private static Graph fuse(Graph g) {
    PassContext context = new PassContext(PassOptions.DEFAULT);
    Graph after = new FuseVertically().apply(g, context);
    assertThat(Pipeline.firstWrong(after)).isEmpty();
    assertThat(new FuseVertically().apply(after, context)).as("twice").isSameAs(after);
    if (after != g) {
      Meaning.same(g, after, true);
    }
    return after;
  }

  /** The operators of each region or single node, constants left out. */
  private static List<String> groups(Graph g) {
    return g.nodes().stream()
        .filter(n -> !n.op().name().equals("Constant"))
        .map(FuseVerticallyTest::group)
        .toList();
  }

  private static String group(Node n) {
    return n.op() instanceof Fused f ? String.join("+", groups(f.body())) : n.op().name();
  }

  @Test
  void joinsAConvolutionWithBiasActivationAndResidual() {
    Value x = m.input("x", 1, 4, 5, 5);
    Value y = m.relu(m.add(m.conv(x, 4, 3), x));
    assertThat(GraphText.of(fuse(m.build(y))))
        .isEqualTo(
            """
            in x: f64[1,4,5,5]
            %0 = Fused(x, #f64[4,4,3,3])
              in %0: f64[1,4,5,5]
              in %1: f64[4,4,3,3]
              %2 = Conv(%0, %1) {pads=[1, 1, 1, 1]}
              %3 = Add(%2, %0)
              %4 = Relu(%3)
              out %4
            out %0
            """);
  }

  @Test
  void normalisesInFrontOfAConvolutionThatAloneReadsIt() {
    Value x = m.op(new Concat(1), m.input("x", 1, 2, 5, 5), m.input("y", 1, 3, 5, 5));
    Value v = m.relu(m.add(m.mul(x, m.weight(5, 1, 1)), m.weight(5, 1, 1)));
    Value y = m.relu(m.conv(v, 4, 3));
    assertThat(groups(fuse(m.build(y, m.op(new Softmax(1), x)))))
        .containsExactly("Concat", "Mul+Add+Relu+Conv+Relu", "Softmax");
  }

  @Test
  void reducesAProductWithoutStoringIt() {
    Value p = m.mul(m.input("x", 3, 4), m.input("y", 3, 4));
    Value s = m.op(new Reduce(ReduceKind.SUM, List.of(1), false), p);
    assertThat(groups(fuse(m.build(m.relu(s))))).containsExactly("Mul+Reduce+Relu");
  }

  @Test
  void leavesProloguesThatOthersReadOrThatAreNotFinite() {
    Value x = m.op(new Concat(1), m.input("x", 1, 2, 5, 5), m.input("y", 1, 3, 5, 5));
    Value v = m.relu(x);
    Value e = m.op(ElementwiseKind.EXP, x);
    Graph g = m.build(m.conv(v, 4, 3), v, m.conv(e, 4, 1));
    assertThat(groups(fuse(g))).containsExactly("Concat", "Relu", "Exp", "Conv", "Conv");
  }

  @Test
  void aRegionInFrontKeepsWhatItCanTakeAsEpilogue() {
    Value v = m.relu(m.conv(m.input("x", 1, 4, 5, 5), 4, 3));
    assertThat(groups(fuse(m.build(m.conv(v, 2, 1))))).containsExactly("Conv+Relu", "Conv");
  }

  private Value channels(Value x, long start, long size) {
    List<Long> sizes = List.of(1L, size, x.shape().dim(2), x.shape().dim(3));
    return m.op(new Slice(List.of(0L, start, 0L, 0L), sizes, List.of(1L, 1L, 1L, 1L)), x);
  }

  @Test
  void sharesOutAConvolutionThatSlicesRead() {
    Value c = m.relu(m.conv(m.input("x", 1, 4, 5, 5), 41, 1));
    Value a = m.op(new Softmax(1), channels(c, 0, 16));
    Value b = m.op(new Softmax(1), channels(c, 32, 9));
    assertThat(GraphText.of(fuse(m.build(a, b))))
        .isEqualTo(
            """
            in x: f64[1,4,5,5]
            %0, %1 = Fused(x, #f64[41,4,1,1])
              in %0: f64[1,4,5,5]
              in %1: f64[41,4,1,1]
              %2 = Conv(%0, %1) {strides=[1, 1]}
              %3 = Relu(%2)
              %4 = Slice(%3) {starts=[0, 0, 0, 0], sizes=[1, 16, 5, 5]}
              %5 = Slice(%3) {starts=[0, 32, 0, 0], sizes=[1, 9, 5, 5]}
              out %4, %5
            %2 = Softmax(%0) {axis=1}
            %3 = Softmax(%1) {axis=1}
            out %2, %3
            """);
  }

  @Test
  void leavesSlicesThatOverlapOrCutABlockOrAreNotTheOnlyReaders() {
    Value x = m.input("x", 1, 4, 5, 5);
    Value c = m.conv(x, 32, 1);
    Value d = m.conv(x, 32, 3);
    Value e = m.conv(x, 32, 5);
    Graph g =
        m.build(
            channels(c, 0, 17),
            channels(c, 16, 16),
            channels(d, 0, 16),
            channels(d, 17, 15),
            channels(e, 0, 16),
            channels(e, 16, 16),
            m.op(new Softmax(1), e));
    assertThat(fuse(g)).isSameAs(g);
  }

  @Test
  void keepsTheOriginsOfAllMembersInOrder() {
    Value y = m.relu(m.conv(m.input("x", 1, 4, 5, 5), 4, 3));
    Graph g = fuse(m.build(y));
    assertThat(g.nodes().get(g.nodes().size() - 1).origin()).hasToString("n0;n1");
  }

  @Test
  void copiesScalarsIntoTheBody() {
    Value y = m.mul(m.matmul(m.input("x", 2, 3), m.weight(3, 4)), m.scalar(0.5));
    assertThat(GraphText.of(fuse(m.build(y)))).contains("%3 = Mul(%2, 0.5)\n");
  }

  @Test
  void givesAnAddBetweenTwoConvolutionsToTheLater() {
    Value x = m.input("x", 1, 4, 5, 5);
    Value a = m.conv(x, 4, 3);
    Value b = m.conv(x, 4, 1);
    assertThat(groups(fuse(m.build(m.relu(m.add(a, b)))))).containsExactly("Conv", "Conv+Add+Relu");
  }

  @Test
  void takesInActivationsWhoseValueIsReadTwiceInsideTheRegion() {
    Value c = m.conv(m.input("x", 1, 4, 5, 5), 4, 3);
    Value y = m.mul(c, m.op(ElementwiseKind.SIGMOID, c));
    assertThat(groups(fuse(m.build(y)))).containsExactly("Conv+Sigmoid+Mul");
  }

  @Test
  void storesAValueBesideWhatFollowsFromIt() {
    Value c = m.conv(m.input("x", 1, 4, 5, 5), 4, 3);
    Value r = m.relu(c);
    Value other = m.op(new Softmax(1), c);
    assertThat(groups(fuse(m.build(r, other)))).containsExactly("Conv+Relu", "Softmax");
  }

  @Test
  void storesAnIntermediateThatIsAnOutput() {
    Value c = m.conv(m.input("x", 1, 4, 5, 5), 4, 3);
    assertThat(GraphText.of(fuse(m.build(m.relu(c), c))))
        .isEqualTo(
            """
            in x: f64[1,4,5,5]
            %0, %1 = Fused(x, #f64[4,4,3,3])
              in %0: f64[1,4,5,5]
              in %1: f64[4,4,3,3]
              %2 = Conv(%0, %1) {pads=[1, 1, 1, 1]}
              %3 = Relu(%2)
              out %2, %3
            out %1, %0
            """);
  }

  @Test
  void doesNotStoreWhatOnlyItsFollowersRead() {
    Value c = m.conv(m.input("x", 1, 4, 5, 5), 4, 3);
    Graph g = m.build(m.relu(c), m.op(ElementwiseKind.TANH, c));
    assertThat(groups(fuse(g))).containsExactly("Conv+Relu+Tanh");
  }

  @Test
  void leavesAFollowerThatWaitsForAnother() {
    Value c = m.conv(m.input("x", 1, 4, 5, 5), 4, 3);
    Value d = m.op(new Softmax(1), c);
    Value e = m.relu(m.add(c, d));
    assertThat(groups(fuse(m.build(e, d, c)))).containsExactly("Conv", "Softmax+Add+Relu");
  }

  @Test
  void leavesEpiloguesThatMakeTheResultLarger() {
    Value s = m.op(new Reduce(ReduceKind.MEAN, List.of(2, 3), true), m.input("x", 1, 4, 5, 5));
    Value y = m.mul(m.input("z", 1, 4, 5, 5), m.op(ElementwiseKind.SIGMOID, s));
    assertThat(groups(fuse(m.build(y)))).containsExactly("Reduce+Sigmoid", "Mul");
  }

  @Test
  void joinsElementwiseNodesOfOneShapeWithoutAnAnchor() {
    Value x = m.input("x", 2, 3);
    Value small = m.op(ElementwiseKind.EXP, m.input("s", 3));
    Value y = m.relu(m.mul(m.add(x, small), m.op(ElementwiseKind.TANH, x)));
    assertThat(groups(fuse(m.build(y)))).containsExactly("Exp", "Add+Tanh+Mul+Relu");
  }

  @Test
  void countsACastAsElementwise() {
    Value y = m.op(new Cast(DType.F32), m.matmul(m.input("x", 2, 3), m.weight(3, 4)));
    assertThat(groups(fuse(m.build(y)))).containsExactly("MatMul+Cast");
  }

  @Test
  void leavesMovementsBetween() {
    Value c = m.matmul(m.input("x", 2, 3), m.weight(3, 4));
    Value y = m.relu(m.op(new Reshape(Shape.of(8)), c));
    assertThat(groups(fuse(m.build(y)))).containsExactly("MatMul", "Reshape", "Relu");
  }

  @Test
  void neverPutsTwoAnchorsIntoOneRegion() {
    Value x = m.input("x", 4, 4);
    Value y = m.relu(m.op(new Softmax(1), m.relu(m.matmul(x, m.weight(4, 4)))));
    assertThat(groups(fuse(m.build(y)))).containsExactly("MatMul+Relu", "Softmax+Relu");
  }

  @Test
  void cutsLongChainsIntoRegionsOfBoundedSize() {
    Value v = m.input("x", 4);
    for (int i = 0; i < 100; i++) {
      v = m.op(ElementwiseKind.FLOOR, v);
    }
    Graph g = fuse(m.build(v));
    assertThat(g.nodes()).hasSize(4);
    assertThat(g.nodes())
        .allSatisfy(n -> assertThat(((Fused) n.op()).body().nodes()).hasSizeLessThanOrEqualTo(32));
  }

  @Test
  void boundsTheTensorsThatARegionReads() {
    Value v = m.input("x0", 4);
    for (int i = 1; i < 40; i++) {
      v = m.add(v, m.input("x" + i, 4));
    }
    assertThat(fuse(m.build(v)).nodes())
        .hasSizeGreaterThan(1)
        .allSatisfy(n -> assertThat(n.operands()).hasSizeLessThanOrEqualTo(17));
  }

  @Test
  void fusesAHundredThousandNodes() {
    Value v = m.input("x", 4);
    for (int i = 0; i < 100_000; i++) {
      v = m.relu(v);
    }
    Graph g = new FuseVertically().apply(m.build(v), new PassContext(PassOptions.DEFAULT));
    assertThat(g.nodes()).hasSize(3125);
  }
}
