package dev.nncc.compiler.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.Graph;
import dev.nncc.graph.text.GraphParser;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.PassOptions;
import dev.nncc.passes.standard.Pipelines;
import org.junit.jupiter.api.Test;

class NodeLifeTest {
  private static final String MODEL =
      """
      graph "small"
      in %0: f32[1,16,8,8] name="x"
      %1 = Identity(%0) : f32[1,16,8,8] name="same" from="Identity":"copy"
      %2 = Conv(%1, #w=seed(1,0,1): f32[16,16,1,1]) {pads=[0,0,0,0]} : f32[1,16,8,8] name="conv" from="Conv":"first"
      %3 = Mul(%2, #{2}: f32[]) : f32[1,16,8,8] name="twice" from="Mul":"double"
      %4 = Relu(%3) : f32[1,16,8,8] name="nameless"
      %5 = Exp(%0) : f32[1,16,8,8] name="unused" from="Exp":"unused"
      out %4 name="y"
      """;

  private static String life(String node) {
    Graph g = GraphParser.parse(MODEL);
    NodeLife life = NodeLife.of(g, node).orElseThrow();
    Pipelines.standard(PassOptions.DEFAULT)
        .run(g, new PassContext(PassOptions.DEFAULT, life), life);
    return life.text();
  }

  @Test
  void rulesAndPassesAreToldInOrder() {
    assertThat(life("double"))
        .containsSubsequence(
            "imported\n  twice = Mul(conv, ",
            "simplify\n  fold-batchnorm: ",
            " fold-scale-into-conv\n",
            "      - conv = Conv(x, w)",
            "      - twice = Mul(conv, ",
            "      + twice = Conv(x, ",
            "fuse\n  fuse-vertical: ",
            "in kernel Conv + Relu, 1 of 1, which makes nameless\n  with first (Conv)\n");
  }

  @Test
  void whatIsNotNeededSaysSo() {
    assertThat(life("unused"))
        .contains("canonicalise\n  strip: ", "+ gone: nobody needs it", "in no kernel: ");
    assertThat(life("copy"))
        .contains("drop-identity", "+ x, which is there already", "in no kernel: ");
  }

  @Test
  void nodesWithoutAnOriginAreFollowedByTheirValues() {
    assertThat(life("nameless")).contains("in kernel Conv + Relu, 1 of 1");
    assertThat(life("y")).contains("imported\n  nameless = Relu(");
    assertThat(life("w")).contains("imported\n  w = constant f32[16,16,1,1]", "fold-scale");
  }

  @Test
  void namesAreThoseOfNodesAndValues() {
    Graph g = GraphParser.parse(MODEL);
    assertThat(NodeLife.of(g, "no")).isEmpty();
    assertThat(NodeLife.names(g))
        .contains("copy", "same", "first", "conv", "double", "twice", "nameless", "y", "w");
  }
}
