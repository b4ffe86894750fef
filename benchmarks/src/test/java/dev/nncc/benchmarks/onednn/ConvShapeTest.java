package dev.nncc.benchmarks.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.Graph;
import dev.nncc.graph.text.GraphParser;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConvShapeTest {
  private static final String TEXT =
      """
      graph "g"
      in %0: f32[1,4,9,9] name="x"
      %1 = Conv(%0, #a: f32[4,4,3,3]) {pads=[1,1,1,1]} : f32[1,4,9,9]
      %2 = Conv(%1, #b: f32[4,4,3,3]) {pads=[1,1,1,1]} : f32[1,4,9,9]
      %3 = Conv(%2, #c: f32[4,4,3,3]) {pads=[1,1,1,1]} : f32[1,4,9,9]
      %4 = Conv(%3, #d: f32[8,2,3,3]) {strides=[2,2], pads=[0,0,0,0], groups=2} : f32[1,8,4,4]
      out %4 name="y"
      """;

  @Test
  void equalConvolutionsAreOneAndTheFirstIsApart() {
    Map<ConvShape, Integer> all = ConvShape.of(GraphParser.parse(TEXT));
    assertThat(all.values()).containsExactly(1, 2, 1);
    assertThat(all.keySet().stream().map(ConvShape::toString))
        .containsExactly("4x9x9 3x3 -> 4x9x9", "4x9x9 3x3 -> 4x9x9", "4x9x9 3x3 s2 g2 -> 8x4x4");
    List<ConvShape> shapes = List.copyOf(all.keySet());
    assertThat(shapes.get(0).planar()).isTrue();
    assertThat(shapes.get(1).planar()).isFalse();
    // 8 x 4 x 4 outputs of 2 x 3 x 3 taps, two operations each.
    assertThat(shapes.get(2).flops()).isEqualTo(2.0 * 128 * 18);
  }

  @Test
  void insideANetworkAPoolMakesTheInput() {
    List<ConvShape> shapes = List.copyOf(ConvShape.of(GraphParser.parse(TEXT)).keySet());
    Graph first = ConvAlone.graph(shapes.get(0));
    Graph later = ConvAlone.graph(shapes.get(2));
    assertThat(names(first)).containsExactly("Conv", "Relu", "Reduce");
    assertThat(names(later)).containsExactly("Pool", "Reduce", "Conv", "Relu", "Reduce");
    assertThat(later.nodes().get(later.nodes().size() - 3).origin().toString())
        .contains("measured");
  }

  private static List<String> names(Graph g) {
    return g.nodes().stream().map(n -> n.op().name()).filter(n -> !n.equals("Constant")).toList();
  }
}
