package dev.nncc.passes.clean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.graph.Graph;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Expand;
import dev.nncc.passes.GraphText;
import dev.nncc.passes.Meaning;
import dev.nncc.passes.Model;
import dev.nncc.passes.Pass;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.PassOptions;
import dev.nncc.passes.RuleTester;
import java.util.List;
import org.junit.jupiter.api.Test;

class CleanTest {
  private final Model m = new Model();

  private static Graph run(Pass pass, Graph g, PassOptions options) {
    return pass.apply(g, new PassContext(options));
  }

  private static Graph cse(Graph g) {
    Graph after = run(new EliminateCommonSubexpressions(), g, PassOptions.DEFAULT);
    assertThat(run(new EliminateCommonSubexpressions(), after, PassOptions.DEFAULT))
        .isSameAs(after);
    return after;
  }

  @Test
  void stripDropsWhatNoOutputNeeds() {
    Value x = m.input("x", 4);
    m.relu(m.add(x, m.weight(4)));
    Graph g = m.build(m.op(ElementwiseKind.FLOOR, x));
    Graph after = run(new Strip(), g, PassOptions.DEFAULT);
    assertThat(GraphText.of(after)).isEqualTo("in x: f64[4]\n%0 = Floor(x)\nout %0\n");
    assertThat(run(new Strip(), after, PassOptions.DEFAULT)).isSameAs(after);
  }

  @Test
  void stripCutsTheGraphAtNamedValues() {
    Value a = m.named("mid", Elementwise.of(ElementwiseKind.FLOOR), m.input("x", 4));
    Graph g = m.build(m.relu(a));
    Graph after = run(new Strip(), g, PassOptions.DEFAULT.withOutputs(List.of("mid")));
    assertThat(GraphText.of(after)).isEqualTo("in x: f64[4]\n%0 = Floor(x)\nout %0\n");
    assertThat(after.outputNames()).containsExactly("mid");
  }

  @Test
  void stripNamesAnOutputThatDoesNotExist() {
    Graph g = m.build(m.relu(m.input("x", 4)));
    PassOptions options = PassOptions.DEFAULT.withOutputs(List.of("nobody"));
    assertThatThrownBy(() -> run(new Strip(), g, options))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("nobody");
  }

  @Test
  void foldsWhatDependsOnConstantsOnly() {
    Value x = m.input("x", 2);
    Value c = m.mul(m.add(m.filled(1, 2), m.scalar(2)), m.scalar(0.5));
    RuleTester.of(new FoldConstants(1 << 20))
        .on(m.build(m.add(x, c)))
        .becomes("in x: f64[2]\n%0 = Add(x, [1.5, 1.5])\nout %0\n")
        .meansTheSame();
  }

  @Test
  void foldsAConstantOutput() {
    m.input("x", 2);
    RuleTester.of(new FoldConstants(1 << 20))
        .on(m.build(m.relu(m.filled(-1, 2))))
        .becomes("in x: f64[2]\nout [0.0, 0.0]\n")
        .meansTheSame();
  }

  @Test
  void leavesAConstantThatWouldGrowBeyondTheLimit() {
    Value c = m.op(new Expand(Shape.of(100)), m.scalar(1));
    RuleTester.of(new FoldConstants(100)).on(m.build(c)).doesNotFire();
  }

  @Test
  void mergesEqualNodesAndEqualConstants() {
    Value x = m.input("x", 2);
    Value a = m.relu(m.add(x, m.filled(3, 2)));
    Value b = m.relu(m.add(x, m.filled(3, 2)));
    Graph g = m.build(m.mul(a, b));
    Graph after = cse(g);
    assertThat(GraphText.of(after))
        .isEqualTo(
            "in x: f64[2]\n%0 = Add(x, [3.0, 3.0])\n%1 = Relu(%0)\n%2 = Mul(%1, %1)\nout %2\n");
    assertThat(after.nodes().stream().filter(n -> n.op().name().equals("Constant"))).hasSize(1);
    assertThat(after.nodes().get(1).origin()).hasToString("n0;n2");
    Meaning.same(g, after, true);
  }

  /** Loops are written out on import: what no iteration changes is equal in all of them. */
  @Test
  void whatALoopComputesInEachIterationAlikeIsComputedOnce() {
    Value x = m.input("x", 2, 2);
    Value state = m.input("s", 2, 2);
    Value w = m.weight(2, 2);
    for (int i = 0; i < 3; i++) {
      state = m.mul(state, m.matmul(m.relu(x), w));
    }
    Graph g = m.build(state);
    Graph after = cse(g);
    assertThat(after.nodes().stream().map(n -> n.op().name()).filter(n -> !n.equals("Constant")))
        .containsExactly("Relu", "MatMul", "Mul", "Mul", "Mul");
    Meaning.same(g, after, true);
  }

  @Test
  void tellsAttributesOperandsAndTypesApart() {
    Value x = m.input("x", 2);
    Value a = m.op(Elementwise.of(ElementwiseKind.LEAKY_RELU, 0.1), x);
    Value b = m.op(Elementwise.of(ElementwiseKind.LEAKY_RELU, 0.2), x);
    Value c = m.op(Elementwise.of(ElementwiseKind.LEAKY_RELU, 0.2), b);
    Value d = m.add(m.filled(1, 2), m.filled(1, 1, 2));
    Graph g = m.build(a, b, c, d);
    assertThat(cse(g)).isSameAs(g);
  }
}
