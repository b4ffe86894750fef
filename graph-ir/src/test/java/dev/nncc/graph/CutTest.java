package dev.nncc.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import java.util.List;
import org.junit.jupiter.api.Test;

class CutTest {
  private static final Graph CHAIN = chain();

  private static Graph chain() {
    GraphBuilder b = new GraphBuilder("chain");
    TensorType t = TensorType.of(DType.F32, 2);
    Value a = b.input("a", t);
    Value c = b.input("c", t);
    Value hidden = node(b, "hidden", ElementwiseKind.RELU, a);
    Value sum = node(b, "sum", ElementwiseKind.ADD, hidden, c);
    b.output("y", node(b, "last", ElementwiseKind.NEG, sum));
    return b.build();
  }

  private static Value node(GraphBuilder b, String name, ElementwiseKind kind, Value... operands) {
    return b.add(
            Origin.of(name, kind.text()), List.of(name), Elementwise.of(kind), List.of(operands))
        .get(0);
  }

  private static List<String> operators(Graph g) {
    return g.nodes().stream().map(n -> n.op().name()).toList();
  }

  @Test
  void nothingNamedIsTheWholeGraph() {
    assertThat(Cut.at(CHAIN, List.of(), List.of())).isSameAs(CHAIN);
  }

  @Test
  void keepsWhatLiesBetween() {
    Graph g = Cut.at(CHAIN, List.of("hidden"), List.of("sum"));
    assertThat(operators(g)).containsExactly("Add");
    assertThat(g.inputs()).extracting(Value::name).containsExactly("hidden", "c");
    assertThat(g.outputNames()).containsExactly("sum");
  }

  @Test
  void keepsAllInputsWhereOnlyOutputsAreNamed() {
    Graph g = Cut.at(CHAIN, List.of(), List.of("hidden"));
    assertThat(operators(g)).containsExactly("Relu");
    assertThat(g.inputs()).extracting(Value::name).containsExactly("a", "c");
  }

  @Test
  void namesWhatMayBeMeant() {
    assertThatThrownBy(() -> Cut.at(CHAIN, List.of("hiden"), List.of()))
        .isInstanceOf(ModelException.class)
        .hasMessage("--inputs: the model has no value named 'hiden'; close to it: hidden");
    assertThatThrownBy(() -> Cut.at(CHAIN, List.of(), List.of("nothing like it")))
        .hasMessage(
            "--outputs: the model has no value named 'nothing like it'; there are: y, hidden,"
                + " sum, last, a, c");
    assertThatThrownBy(() -> Cut.at(CHAIN, List.of("sum"), List.of("hidden")))
        .hasMessage("--inputs: 'sum' is not needed for the outputs");
  }

  @Test
  void theClosestNamesComeFirst() {
    List<String> names = List.of("conv_1/Relu:0", "conv_2/Relu:0", "relu", "softmax");
    assertThat(NearNames.of("conv_1/Relu", names)).first().isEqualTo("conv_1/Relu:0");
    assertThat(NearNames.of("sotfmax", names)).containsExactly("softmax");
    assertThat(NearNames.of("zzz", names)).isEmpty();
  }
}
