package dev.nncc.passes.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.Constant;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Softmax;
import dev.nncc.passes.GraphText;
import dev.nncc.passes.Meaning;
import dev.nncc.passes.Model;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.PassOptions;
import dev.nncc.passes.Pipeline;
import org.junit.jupiter.api.Test;

class MergeSiblingsTest {
  private final Model m = new Model();

  private static String merged(Graph g) {
    PassContext context = new PassContext(PassOptions.DEFAULT);
    Graph after = new MergeSiblings(2).apply(g, context);
    assertThat(Pipeline.firstWrong(after)).isEmpty();
    assertThat(new MergeSiblings(2).apply(after, context)).as("twice").isSameAs(after);
    if (after != g) {
      Meaning.same(g, after, true);
    }
    return after == g ? "same" : GraphText.of(after);
  }

  private Value soft(Value v) {
    return m.op(new Softmax(1), v);
  }

  @Test
  void mergesConvolutionsWithTheirActivation() {
    Value x = m.input("x", 1, 3, 4, 4);
    Value a = soft(m.relu(m.convBias(x, 2, 1)));
    Value b = soft(m.relu(m.convBias(x, 4, 1)));
    assertThat(merged(m.build(a, b)))
        .isEqualTo(
            """
            in x: f64[1,3,4,4]
            %0 = Conv(x, #f64[6,3,1,1], #f64[6]) {strides=[1, 1]}
            %1 = Relu(%0)
            %2 = Slice(%1) {starts=[0, 0, 0, 0], sizes=[1, 2, 4, 4]}
            %3 = Slice(%1) {starts=[0, 2, 0, 0], sizes=[1, 4, 4, 4]}
            %4 = Softmax(%2) {axis=1}
            %5 = Softmax(%3) {axis=1}
            out %4, %5
            """);
  }

  @Test
  void mergesTheProjectionsOfAttention() {
    Value x = m.input("x", 5, 8);
    Value q = soft(m.add(m.matmul(x, m.weight(8, 6)), m.weight(6)));
    Value k = soft(m.add(m.matmul(x, m.weight(8, 6)), m.weight(6)));
    Value v = soft(m.add(m.weight(4), m.matmul(x, m.weight(8, 4))));
    assertThat(merged(m.build(q, k, v)))
        .startsWith(
            """
            in x: f64[5,8]
            %0 = MatMul(x, #f64[8,16])
            %1 = Add(%0, #f64[16])
            %2 = Slice(%1) {starts=[0, 0], sizes=[5, 6]}
            %3 = Slice(%1) {starts=[0, 6], sizes=[5, 6]}
            %4 = Slice(%1) {starts=[0, 12], sizes=[5, 4]}
            """);
  }

  @Test
  void joinsTheSameWeightsOnce() {
    Value v = m.weight(8, 6);
    Value w = m.weight(8, 6);
    Value x = m.input("x", 5, 8);
    Value z = m.input("z", 5, 8);
    Graph before =
        m.build(
            soft(m.matmul(x, v)), soft(m.matmul(x, w)), soft(m.matmul(z, v)), soft(m.matmul(z, w)));
    Graph after = new MergeSiblings(2).apply(before, new PassContext(PassOptions.DEFAULT));
    Meaning.same(before, after, false);
    assertThat(after.nodes().stream().filter(n -> n.op() instanceof Constant)).hasSize(1);
  }

  @Test
  void mergesProductsWithTransposedWeights() {
    Value x = m.input("x", 5, 8);
    Value a = soft(m.op(new MatMul(false, true), x, m.weight(6, 8)));
    Value b = soft(m.op(new MatMul(false, true), x, m.weight(2, 8)));
    assertThat(merged(m.build(a, b))).contains("MatMul(x, #f64[8,8]) {transposeB=true}");
  }

  @Test
  void leavesBranchesWithOtherActivations() {
    Value x = m.input("x", 5, 8);
    Value a = soft(m.relu(m.matmul(x, m.weight(8, 6))));
    Value b = soft(m.op(ElementwiseKind.TANH, m.matmul(x, m.weight(8, 6))));
    assertThat(merged(m.build(a, b))).isEqualTo("same");
  }

  @Test
  void leavesOtherKernels() {
    Value x = m.input("x", 1, 3, 4, 4);
    Value a = soft(m.conv(x, 2, 1));
    Value b = soft(m.conv(x, 2, 3));
    assertThat(merged(m.build(a, b))).isEqualTo("same");
  }

  @Test
  void leavesOtherOperands() {
    Value a = soft(m.matmul(m.input("x", 5, 8), m.weight(8, 6)));
    Value b = soft(m.matmul(m.input("z", 5, 8), m.weight(8, 6)));
    assertThat(merged(m.build(a, b))).isEqualTo("same");
  }

  @Test
  void leavesABranchThatAResidualJoins() {
    Value x = m.input("x", 1, 2, 4, 4);
    Value a = m.add(m.conv(x, 2, 1), m.relu(x));
    Value b = soft(m.conv(x, 2, 1));
    assertThat(merged(m.build(a, b))).isEqualTo("same");
  }

  @Test
  void startsEveryBranchAtABlock() {
    Value x = m.input("x", 1, 2, 4, 4);
    Value a = soft(m.convBias(x, 3, 1));
    Value b = soft(m.convBias(x, 1, 1));
    Value c = soft(m.convBias(x, 2, 1));
    assertThat(merged(m.build(a, b, c)))
        .isEqualTo(
            """
            in x: f64[1,2,4,4]
            %0 = Conv(x, #f64[7,2,1,1], #f64[7]) {strides=[1, 1]}
            %1 = Slice(%0) {starts=[0, 0, 0, 0], sizes=[1, 2, 4, 4]}
            %2 = Slice(%0) {starts=[0, 2, 0, 0], sizes=[1, 3, 4, 4]}
            %3 = Slice(%0) {starts=[0, 6, 0, 0], sizes=[1, 1, 4, 4]}
            %4 = Softmax(%2) {axis=1}
            %5 = Softmax(%3) {axis=1}
            %6 = Softmax(%1) {axis=1}
            out %4, %5, %6
            """);
  }

  @Test
  void mergesProductsWithoutElements() {
    Value x = m.input("x", 2, 0);
    Value a = soft(m.matmul(x, m.weight(0, 3)));
    Value b = soft(m.matmul(x, m.weight(0, 2)));
    assertThat(merged(m.build(a, b))).contains("%0 = MatMul(x, [])\n%1 = Slice(%0)");
  }

  @Test
  void leavesWeightsThatAreComputed() {
    Value x = m.input("x", 5, 8);
    Value a = soft(m.matmul(x, m.input("w", 8, 6)));
    Value b = soft(m.matmul(x, m.weight(8, 6)));
    assertThat(merged(m.build(a, b))).isEqualTo("same");
  }
}
