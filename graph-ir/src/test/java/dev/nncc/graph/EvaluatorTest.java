package dev.nncc.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.graph.text.GraphParser;
import java.util.List;
import org.junit.jupiter.api.Test;

class EvaluatorTest {
  private static final Graph GRAPH =
      GraphParser.parse(
          """
          in x: f32[2]
          in unused: i64[]
          s = Add(x, #{1, 2}: f32[2])
          t = Fused(s, s) {
            in a: f32[2]
            in b: f32[2]
            m = Mul(a, b)
            out m
            out a
          }
          """
                  .replace("t =", "t, u =")
              + "out t\nout x\nout t\nout u\n");

  private static final Tensor UNUSED = Tensor.ofLongs(Shape.SCALAR, 0);

  @Test
  void runsNodesAndBodiesInOrder() {
    List<Tensor> out =
        Evaluator.evaluate(GRAPH, List.of(Tensor.ofFloats(Shape.of(2), 2, 3), UNUSED));
    assertThat(out).hasSize(4);
    assertThat(out.get(0).toDoubles()).containsExactly(9, 25);
    assertThat(out.get(1).toDoubles()).containsExactly(2, 3);
    assertThat(out.get(2)).isSameAs(out.get(0));
    assertThat(out.get(3).toDoubles()).containsExactly(3, 5);
  }

  @Test
  void inputsOfOtherTypesAreRefused() {
    assertThatThrownBy(() -> Evaluator.evaluate(GRAPH, List.of(UNUSED, UNUSED)))
        .isInstanceOf(ModelException.class)
        .hasMessage("input x:%0 is f32[2], not i64[]");
    assertThatThrownBy(() -> Evaluator.evaluate(GRAPH, List.of(UNUSED)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("has 2 inputs, not 1");
  }
}
