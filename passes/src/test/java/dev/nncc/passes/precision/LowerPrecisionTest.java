package dev.nncc.passes.precision;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.DType;
import dev.nncc.graph.Evaluator;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Cast;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Fused;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Slice;
import dev.nncc.graph.op.Softmax;
import dev.nncc.graph.op.Transpose;
import dev.nncc.passes.GraphText;
import dev.nncc.passes.Meaning;
import dev.nncc.passes.Model;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.PassOptions;
import dev.nncc.passes.Pipeline;
import dev.nncc.passes.Precision;
import dev.nncc.passes.fuse.FuseVertically;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LowerPrecisionTest {
  private final Model m = new Model(DType.F32);

  private static Graph lowered(Graph g, Precision p) {
    PassContext context = new PassContext(PassOptions.DEFAULT.withPrecision(p));
    Graph after = new LowerPrecision().apply(g, context);
    assertThat(Pipeline.firstWrong(after)).isEmpty();
    assertThat(new LowerPrecision().apply(after, context)).as("twice").isSameAs(after);
    if (after != g) {
      near(g, after, p);
    }
    return after;
  }

  /**
   * Weights of 0.5 to 1.5 and inputs up to 4, each rounded by half a unit: with up to 256 terms of
   * at most 6 a sum is off by at most 256 * 6 * 2^-8 (bf16), and the numbers behind a softmax by
   * less.
   */
  private static void near(Graph before, Graph after, Precision p) {
    List<Tensor> inputs = Meaning.inputs(before, 1);
    List<Tensor> expected = Evaluator.evaluate(before, inputs);
    List<Tensor> actual = Evaluator.evaluate(after, inputs);
    double unit = p.weights() == DType.BF16 ? 0x1p-8 : 0x1p-11;
    for (int i = 0; i < expected.size(); i++) {
      double[] e = expected.get(i).toDoubles();
      double[] a = actual.get(i).toDoubles();
      boolean different = false;
      for (int k = 0; k < e.length; k++) {
        assertThat(Math.abs(a[k] - e[k])).isLessThanOrEqualTo(256 * 6 * unit);
        different |= a[k] != e[k];
      }
      assertThat(different).as("something was rounded").isTrue();
    }
  }

  private static List<String> operators(Graph g) {
    return g.nodes().stream()
        .filter(n -> !n.op().name().equals("Constant"))
        .map(LowerPrecisionTest::text)
        .toList();
  }

  private static String text(Node n) {
    return n.op() instanceof Fused f
        ? String.join("+", operators(f.body()))
        : n.op() instanceof Cast c ? c.to().text() : n.op().name();
  }

  @Test
  void roundsBothFactorsOfAProduct() {
    Value x = m.input("x", 5, 8);
    assertThat(GraphText.of(lowered(m.build(m.matmul(x, m.weight(8, 32))), Precision.BF16)))
        .isEqualTo(
            """
            in x: f32[5,8]
            %0 = Cast(x) {to=BF16}
            %1 = Cast(%0) {to=F32}
            %2 = Cast(#bf16[8,32]) {to=F32}
            %3 = MatMul(%1, %2)
            out %3
            """);
  }

  @Test
  void roundsWeightsAloneWhereNothingIsWonByMore() {
    Value x = m.input("x", 5, 8);
    assertThat(GraphText.of(lowered(m.build(m.matmul(x, m.weight(8, 32))), Precision.BF16_WEIGHTS)))
        .isEqualTo(
            """
            in x: f32[5,8]
            %0 = Cast(#bf16[8,32]) {to=F32}
            %1 = MatMul(x, %0)
            out %1
            """);
  }

  /** One cast ends the kernel in front; each product widens for itself. */
  @Test
  void roundsAValueOnceForAllItsReaders() {
    Value x = m.op(new Softmax(1), m.input("x", 5, 16));
    Value a = m.op(new Softmax(1), m.matmul(x, m.weight(16, 32)));
    Value b = m.add(m.matmul(x, m.weight(16, 16)), x);
    Graph after = lowered(m.build(a, b), Precision.FP16);
    assertThat(operators(after))
        .containsExactly(
            "Softmax", "f16", "f32", "f32", "MatMul", "Softmax", "f32", "f32", "MatMul", "Add");
    Graph fused = new FuseVertically().apply(after, new PassContext(PassOptions.DEFAULT));
    assertThat(operators(fused))
        .containsExactly("Softmax+f16", "f32+f32+MatMul", "Softmax", "f32+f32+MatMul+Add");
  }

  @Test
  void movesReshapesAndTransposesBehindTheRounding() {
    Value x = m.op(new Softmax(1), m.input("x", 4, 3, 8));
    Value t = m.op(new Transpose(List.of(1, 0, 2)), x);
    Value r = m.op(new Reshape(dev.nncc.graph.Shape.of(3, 32)), t);
    Graph after = lowered(m.build(m.matmul(r, m.weight(32, 16))), Precision.BF16);
    assertThat(operators(after))
        .containsExactly("Softmax", "bf16", "Transpose", "Reshape", "f32", "f32", "MatMul");
  }

  @Test
  void roundsThePartsOfAConcatenation() {
    Value a = m.op(new Softmax(1), m.input("a", 5, 8));
    Value b = m.op(new Softmax(1), m.input("b", 5, 24));
    Value c = m.op(new Concat(1), a, b);
    Graph after = lowered(m.build(m.matmul(c, m.weight(32, 16))), Precision.BF16);
    assertThat(operators(after))
        .containsExactly("Softmax", "bf16", "Softmax", "bf16", "Concat", "f32", "f32", "MatMul");
  }

  /** Of a value with queries, keys and values, each of so many heads. */
  private static Graph attention(long heads) {
    Model m = new Model(DType.F32);
    Value all = m.relu(m.input("x", 3 * heads, 16, 16));
    List<Value> parts = new ArrayList<>();
    for (long i = 0; i < 3; i++) {
      List<Long> from = List.of(i * heads, 0L, 0L);
      parts.add(m.op(new Slice(from, List.of(heads, 16L, 16L), List.of(1L, 1L, 1L)), all));
    }
    Value scores = m.op(new MatMul(false, true), parts.get(0), parts.get(1));
    Value p = m.op(new Softmax(2), m.mul(scores, m.scalar(0.25)));
    return m.build(m.op(new MatMul(false, false), p, parts.get(2)));
  }

  /** Queries, keys and values are rounded by what makes them, in front of the slices. */
  @Test
  void roundsAllFactorsOfAttention() {
    assertThat(operators(lowered(attention(4), Precision.BF16)))
        .containsExactly(
            "Relu", "bf16", "Slice", "Slice", "Slice", "f32", "f32", "MatMul", "Mul", "Softmax",
            "bf16", "f32", "f32", "MatMul");
  }

  @Test
  void leavesAttentionThatIsNoSingleKernelOrHasNoPairs() {
    Graph few = attention(3);
    assertThat(lowered(few, Precision.BF16)).isSameAs(few);
    Graph g = attention(4);
    assertThat(lowered(g, Precision.FP16)).isSameAs(g);
  }

  /** Pairs need an even depth along rows; few columns do not pay for the rounding. */
  @Test
  void leavesFactorsThatHaveNoPairs() {
    Value x = m.input("x", 5, 7);
    Value y = m.input("y", 8, 5);
    Value z = m.input("z", 5, 8);
    Graph after =
        lowered(
            m.build(
                m.matmul(x, m.weight(7, 32)),
                m.op(new MatMul(true, false), y, m.weight(8, 32)),
                m.matmul(z, m.weight(8, 3))),
            Precision.BF16);
    assertThat(operators(after)).containsExactly("f32", "MatMul", "f32", "MatMul", "f32", "MatMul");
  }

  @Test
  void roundsConvolutionsWhoseChannelsLieInBlocks() {
    Value x = m.input("x", 1, 3, 6, 6);
    Value y = m.relu(m.conv(x, 16, 3));
    Graph after = lowered(m.build(m.conv(y, 16, 3)), Precision.BF16);
    assertThat(operators(after))
        .containsExactly("f32", "Conv", "Relu", "bf16", "f32", "f32", "Conv");
  }

  @Test
  void leavesWhatWasNotAskedFor() {
    Value x = m.input("x", 5, 8);
    Graph g = m.build(m.matmul(x, m.weight(8, 32)));
    assertThat(lowered(g, Precision.FP32)).isSameAs(g);
    Model d = new Model();
    Graph f64 = d.build(d.matmul(d.input("x", 5, 8), d.weight(8, 32)));
    assertThat(lowered(f64, Precision.BF16)).isSameAs(f64);
  }
}
