package dev.nncc.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.Node;
import dev.nncc.graph.text.GraphParser;
import java.util.List;
import org.junit.jupiter.api.Test;

class AlgorithmCommandTest {
  private static List<String> algorithms(String input, String weights, String attributes) {
    Node node = node(input, weights, attributes);
    List<String> names = List.copyOf(AlgorithmCommand.algorithms(node).keySet());
    assertThat(names).contains(AlgorithmCommand.ofRule(node));
    return names;
  }

  private static Node node(String input, String weights, String attributes) {
    String text =
        """
        graph "g"
        in %%0: f32[%1$s] name="x"
        %%1 = Conv(%%0, #a: f32[%2$s]) {%3$s} : f32[%4$s]
        out %%1 name="y"
        """;
    String out = weights.split(",")[0];
    String result = input.replaceFirst(",\\d+", "," + out);
    return GraphParser.parse(text.formatted(input, weights, attributes, result)).nodes().stream()
        .filter(n -> n.op().name().equals("Conv"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aSquareWindowHasTilesOfAllSizes() {
    assertThat(algorithms("1,64,28,28", "64,64,3,3", "pads=[1,1,1,1]"))
        .containsExactly(
            "direct",
            "F(2)",
            "F(2) of taps",
            "F(3)",
            "F(3) of taps",
            "F(4)",
            "F(4) of taps",
            "F(5)");
    assertThat(AlgorithmCommand.ofRule(node("1,64,28,28", "64,64,3,3", "pads=[1,1,1,1]")))
        .startsWith("F(");
  }

  @Test
  void oneTapHasHalvesAndTheirWeights() {
    Node node = node("1,512,28,28", "512,512,1,1", "pads=[0,0,0,0]");
    assertThat(algorithms("1,512,28,28", "512,512,1,1", "pads=[0,0,0,0]"))
        .containsExactly("direct", "halves", "quarters");
    assertThat(AlgorithmCommand.ofRule(node)).isEqualTo("quarters");
    assertThat(AlgorithmCommand.algorithms(node).get("halves").weights()).isEqualTo(7.0 / 4);
    assertThat(AlgorithmCommand.algorithms(node).get("quarters").weights()).isEqualTo(49.0 / 16);
    assertThat(AlgorithmCommand.ofRule(node("1,512,28,28", "256,512,1,1", "pads=[0,0,0,0]")))
        .isEqualTo("halves");
  }

  @Test
  void groupsHaveTheDirectFormAlone() {
    assertThat(algorithms("1,64,28,28", "64,32,3,3", "pads=[1,1,1,1], groups=2"))
        .containsExactly("direct");
  }
}
