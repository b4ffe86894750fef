package dev.nncc.graph.random;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.Evaluator;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Ops;
import dev.nncc.graph.text.GraphFiles;
import dev.nncc.graph.text.GraphPrinter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RandomGraphTest {
  @TempDir Path folder;

  @Test
  void aSeedNamesAGraph() {
    for (long seed = 0; seed < 20; seed++) {
      RandomGraph a = RandomGraph.of(seed);
      RandomGraph b = RandomGraph.of(seed);
      assertThat(GraphPrinter.print(b.graph())).isEqualTo(GraphPrinter.print(a.graph()));
      assertThat(Shrink.inputs(b)).isEqualTo(Shrink.inputs(a));
    }
  }

  @Test
  void allOperatorsAndManyShapesOccur() {
    TreeSet<String> operators = new TreeSet<>();
    boolean empty = false;
    boolean shared = false;
    boolean broadcast = false;
    for (long seed = 0; seed < 3000; seed++) {
      Graph g = RandomGraph.of(seed).graph();
      for (Node n : g.nodes()) {
        operators.add(n.op().name());
        empty |= n.results().stream().anyMatch(v -> v.shape().elements() == 0);
        shared |= n.results().stream().anyMatch(v -> g.uses(v).size() > 2);
        broadcast |= n.operands().size() == 2 && !n.operand(0).shape().equals(n.operand(1).shape());
      }
    }
    assertThat(operators).containsAll(Ops.names());
    assertThat(empty && shared && broadcast).isTrue();
  }

  @Test
  void textKeepsTheGraph() throws IOException {
    for (long seed = 0; seed < 300; seed++) {
      Graph g = RandomGraph.of(seed).graph();
      Path file = folder.resolve("g" + seed + ".nn");
      GraphFiles.write(g, file);
      Graph read = GraphFiles.read(file);
      assertThat(GraphPrinter.print(read)).isEqualTo(GraphPrinter.print(g));
      List<dev.nncc.graph.Tensor> inputs = RandomGraph.of(seed).inputs();
      for (int i = 0; i < g.outputs().size(); i++) {
        assertThat(Evaluator.evaluate(read, inputs).get(i).payload().bytes())
            .isEqualTo(Evaluator.evaluate(g, inputs).get(i).payload().bytes());
      }
    }
  }

  @Test
  void shrinkingLeavesWhatShowsTheFault() {
    int shrunk = 0;
    for (long seed = 0; seed < 200; seed++) {
      RandomGraph g = new Rebuild(RandomGraph.of(seed)).graph();
      if (has(g, ElementwiseKind.TANH)) {
        RandomGraph small = Shrink.minimal(g, c -> has(c, ElementwiseKind.TANH));
        assertThat(small.graph().nodes()).hasSize(1);
        assertThat(small.graph().inputs()).hasSize(1);
        assertThat(small.graph().outputs()).hasSize(1);
        assertThat(small.graph().nodes().get(0).result().shape().elements()).isLessThanOrEqualTo(1);
        shrunk++;
      }
    }
    assertThat(shrunk).isPositive();
  }

  private static boolean has(RandomGraph g, ElementwiseKind kind) {
    return g.graph().nodes().stream().anyMatch(n -> n.op().name().equals(kind.text()));
  }
}
