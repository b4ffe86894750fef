package dev.nncc.passes.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Fused;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Softmax;
import dev.nncc.passes.Meaning;
import dev.nncc.passes.Model;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.PassOptions;
import dev.nncc.passes.Pipeline;
import java.util.List;
import org.junit.jupiter.api.Test;

class FuseAttentionTest {
  private static final PassContext CONTEXT = new PassContext(PassOptions.DEFAULT);

  private final Model m = new Model();
  private final Value q = m.input("q", 2, 3, 5, 4);
  private final Value k = m.input("k", 2, 3, 6, 4);
  private final Value v = m.input("v", 2, 3, 6, 7);

  /** The operators of the graph, with those of regions in brackets. */
  private static String fused(Graph g) {
    Graph vertical = new FuseVertically().apply(g, CONTEXT);
    Graph after = new FuseAttention().apply(vertical, CONTEXT);
    assertThat(Pipeline.firstWrong(after)).isEmpty();
    assertThat(new FuseAttention().apply(after, CONTEXT)).as("twice").isSameAs(after);
    if (after != vertical) {
      Meaning.same(g, after, true);
    }
    return text(after);
  }

  private static String text(Graph g) {
    List<String> l =
        g.nodes().stream()
            .filter(n -> !n.op().name().equals("Constant"))
            .map(FuseAttentionTest::text)
            .toList();
    return String.join(" ", l);
  }

  private static String text(Node n) {
    return n.op() instanceof Fused f ? "[" + text(f.body()) + "]" : n.op().name();
  }

  private Value scores() {
    return m.op(new MatMul(false, true), q, k);
  }

  private Value weighted(Value scores) {
    return m.matmul(m.op(new Softmax(3), scores), v);
  }

  @Test
  void joinsScoresSoftmaxAndProduct() {
    assertThat(fused(m.build(weighted(scores())))).isEqualTo("[[MatMul] [Softmax] [MatMul]]");
  }

  @Test
  void takesScaleMaskAndEpilogueAlong() {
    Value masked = m.add(m.mul(scores(), m.scalar(0.5)), m.input("mask", 2, 1, 1, 6));
    assertThat(fused(m.build(m.relu(weighted(masked)))))
        .isEqualTo("[[MatMul Mul Add] [Softmax] [MatMul Relu]]");
  }

  @Test
  void oneHeadOfKeysAndValuesServesMany() {
    Value s = m.op(new MatMul(false, true), q, m.input("k1", 2, 1, 6, 4));
    Value y = m.matmul(m.op(new Softmax(3), s), m.input("v1", 2, 1, 6, 7));
    assertThat(fused(m.build(y))).isEqualTo("[[MatMul] [Softmax] [MatMul]]");
  }

  @Test
  void leavesScoresOrProbabilitiesThatOthersRead() {
    Value s = scores();
    assertThat(fused(m.build(weighted(s), s))).isEqualTo("MatMul Softmax MatMul");
    Model other = new Model();
    Value p =
        other.op(new Softmax(1), other.matmul(other.input("a", 5, 5), other.input("b", 5, 5)));
    assertThat(fused(other.build(other.matmul(p, p)))).isEqualTo("MatMul Softmax MatMul");
  }

  @Test
  void leavesProbabilitiesThatAreTheSecondFactor() {
    Value a = m.input("a", 5, 5);
    Value p = m.op(new Softmax(1), m.matmul(a, m.input("b", 5, 5)));
    assertThat(fused(m.build(m.matmul(a, p)))).isEqualTo("MatMul Softmax MatMul");
  }
}
