package dev.nncc.passes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.graph.DType;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.passes.Pipeline.Stage;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PipelineTest {
  /** Puts a Relu in front of the output. */
  private record AddRelu(String name) implements Pass {
    @Override
    public String description() {
      return "one more Relu";
    }

    @Override
    public Graph apply(Graph g, PassContext context) {
      Value last = g.outputs().get(0);
      Value v = new Value(g.nextId(), "", last.type());
      List<Node> nodes = new ArrayList<>(g.nodes());
      nodes.add(
          new Node(
              Elementwise.of(ElementwiseKind.RELU),
              List.of(last),
              List.of(v),
              dev.nncc.graph.Origin.NONE));
      return new Graph(g.name(), g.inputs(), nodes, List.of(v), g.outputNames());
    }
  }

  /** States another shape than the operator infers. */
  private record Wrong() implements Pass {
    @Override
    public String name() {
      return "wrong";
    }

    @Override
    public String description() {
      return "makes a mistake";
    }

    @Override
    public Graph apply(Graph g, PassContext context) {
      Node n = g.nodes().get(0);
      Value v = new Value(g.nextId(), "", TensorType.of(DType.F64, 7));
      Node other = new Node(n.op(), n.operands(), List.of(v), n.origin());
      return new Graph(g.name(), g.inputs(), List.of(other), List.of(v), g.outputNames());
    }
  }

  private final Pipeline pipeline =
      Pipeline.of(
          Stage.of("first", new AddRelu("a"), new AddRelu("b")),
          Stage.of("second", new AddRelu("c")));

  private static Graph graph() {
    Model m = new Model();
    return m.build(m.op(ElementwiseKind.FLOOR, m.input("x", 4)));
  }

  private static PassContext context(PassOptions options) {
    return new PassContext(options);
  }

  private static int nodes(Pipeline p, PassOptions options) {
    return p.run(graph(), context(options)).nodes().size();
  }

  @Test
  void runsAllPassesInOrder() {
    List<String> heard = new ArrayList<>();
    PipelineListener listener =
        new PipelineListener() {
          @Override
          public void passed(String stage, Pass p, Graph before, Graph after, long nanoseconds) {
            heard.add(stage + "/" + p.name());
          }

          @Override
          public void finished(String stage, Graph g) {
            heard.add(stage + " has " + g.nodes().size());
          }
        };
    pipeline.run(graph(), context(PassOptions.DEFAULT), listener);
    assertThat(heard)
        .containsExactly("first/a", "first/b", "first has 3", "second/c", "second has 4");
  }

  @Test
  void leavesOutDisabledPasses() {
    assertThat(nodes(pipeline, PassOptions.DEFAULT.withDisabled(List.of("b")))).isEqualTo(3);
  }

  @Test
  void isCutAtStages() {
    assertThat(nodes(pipeline.through("first"), PassOptions.DEFAULT)).isEqualTo(3);
    assertThat(nodes(pipeline.before("second"), PassOptions.DEFAULT)).isEqualTo(3);
    assertThat(nodes(pipeline.from("second"), PassOptions.DEFAULT)).isEqualTo(2);
  }

  @Test
  void namesTheStagesThatThereAre() {
    assertThatThrownBy(() -> pipeline.from("third"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("third")
        .hasMessageContaining("[first, second]");
  }

  @Test
  void findsAPassThatStatesWrongTypes() {
    List<String> failed = new ArrayList<>();
    PipelineListener listener =
        new PipelineListener() {
          @Override
          public void failed(String stage, Pass p, Graph before, RuntimeException why) {
            failed.add(stage + "/" + p.name() + " of " + before.nodes().size());
          }
        };
    Pipeline p = Pipeline.of(Stage.of("s", new Wrong()));
    PassContext verifying = context(PassOptions.DEFAULT.withVerify(true));
    assertThatThrownBy(() -> p.run(graph(), verifying, listener))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("after wrong")
        .hasMessageContaining("f64[7]");
    assertThat(failed).containsExactly("s/wrong of 1");
  }

  @Test
  void describesStagesAndPasses() {
    assertThat(pipeline.describe(PassOptions.DEFAULT.withDisabled(List.of("c")), false))
        .isEqualTo(
            """
            first
              a                        one more Relu
              b                        one more Relu
            second
              c                        one more Relu (disabled)
            """);
  }

  @Test
  void statesTheDefaultOptions() {
    assertThat(PassOptions.DEFAULT)
        .isEqualTo(
            new PassOptions(
                java.util.Set.of(),
                Exactness.REASSOCIATES,
                1 << 20,
                List.of(),
                Long.MAX_VALUE,
                Precision.FP32,
                false));
  }
}
