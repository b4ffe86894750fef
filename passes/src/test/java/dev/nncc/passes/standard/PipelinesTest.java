package dev.nncc.passes.standard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.DType;
import dev.nncc.graph.Dim;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Shape;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Fused;
import dev.nncc.passes.GraphText;
import dev.nncc.passes.Meaning;
import dev.nncc.passes.Model;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.PassOptions;
import dev.nncc.passes.Pipeline.Stage;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PipelinesTest {
  private final Model m = new Model();

  private static Graph run(Graph g, KernelLadder.Recorder recorder) {
    PassOptions options = PassOptions.DEFAULT.withVerify(true);
    return Pipelines.standard(options).run(g, new PassContext(options), recorder);
  }

  @Test
  void namesItsStages() {
    assertThat(Pipelines.standard(PassOptions.DEFAULT).stages().stream().map(Stage::name))
        .containsExactly("canonicalise", "simplify", "fuse");
  }

  @Test
  void computesTheBranchesOfAnInceptionBlockTogether() {
    Value x = m.input("x", 1, 4, 6, 6);
    List<Value> branches = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      branches.add(m.relu(m.batchNorm(m.conv(x, 16, 1))));
    }
    branches.set(2, m.relu(m.batchNorm(m.conv(branches.get(2), 16, 3))));
    Graph before = m.build(m.op(new Concat(1), branches.toArray(new Value[0])));
    KernelLadder.Recorder recorder = new KernelLadder.Recorder();
    Graph after = run(before, recorder);
    assertThat(GraphText.of(after))
        .containsOnlyOnce("in x")
        .containsOnlyOnce("#f64[48,4,1,1]")
        .containsOnlyOnce("#f64[16,16,3,3]");
    assertThat(recorder.ladder()).isEqualTo(new KernelLadder(13, 5, 4, 2));
    Meaning.same(before, after, false);
  }

  @Test
  void namesWhatCanBeDisabled() {
    assertThat(Pipelines.standard(PassOptions.DEFAULT).names())
        .doesNotHaveDuplicates()
        .allMatch(name -> name.matches("[a-z0-9]+(-[a-z0-9]+)*"))
        .contains("strip", "simplify", "merge-clips", "fold-scale-into-conv", "recognise-gelu");
  }

  @Test
  void acceptsExtentsThatAreNotBound() {
    Shape open = new Shape(List.of(Dim.symbol("n"), Dim.of(4)));
    Value x = m.input("x", new TensorType(DType.F64, open));
    Value y = m.relu(m.add(m.add(x, m.scalar(0)), m.weight(4)));
    Graph after = run(m.build(y), new KernelLadder.Recorder());
    assertThat(after.nodes().stream().filter(n -> n.op() instanceof Fused)).hasSize(1);
  }

  @Test
  void aScaleBehindAKernelIsLeftToItASecondTimeToo() {
    Value x = m.mul(m.add(m.input("x", 2, 4), m.scalar(1.75)), m.scalar(1.5));
    Value y = m.matmul(m.mul(x, m.scalar(0.5)), m.weight(4, 4));
    Graph once = run(m.build(x, y), new KernelLadder.Recorder());
    assertThat(run(once, new KernelLadder.Recorder())).isSameAs(once);
  }

  @Test
  void printsTheLadder() {
    assertThat(new KernelLadder(315, 121, 110, 91))
        .hasToString("kernels: imported 315, vertical 121, concat 110, horizontal 91");
  }

  @Test
  void copesWithAHundredThousandNodes() {
    Value v = m.input("x", 4);
    for (int i = 0; i < 25_000; i++) {
      v = m.op(ElementwiseKind.SUB, m.op(ElementwiseKind.TANH, v), m.scalar(i % 7 + 1));
    }
    Graph after = run(m.build(v), new KernelLadder.Recorder());
    assertThat(after.nodes()).hasSize((50_000 + 31) / 32);
  }

  @Test
  void copesWithAConcatOfFiveThousand() {
    Value x = m.input("x", 4);
    Value[] parts = new Value[5_000];
    for (int i = 0; i < parts.length; i++) {
      Value v = m.op(ElementwiseKind.IDENTITY, m.add(x, m.scalar(i + 0.5)));
      parts[i] = i % 2 == 0 ? v : m.relu(v);
    }
    Graph after = run(m.build(m.op(new Concat(0), parts)), new KernelLadder.Recorder());
    assertThat(KernelLadder.nodes(after)).isEqualTo(5_001);
  }

  @Test
  void computesFiveThousandIterationsAtOnce() {
    Value x = m.input("x", 4);
    Value[] parts = new Value[5_000];
    for (int i = 0; i < parts.length; i++) {
      parts[i] = m.add(x, m.scalar(i + 0.5));
    }
    Graph after = run(m.build(m.op(new Concat(0), parts)), new KernelLadder.Recorder());
    assertThat(KernelLadder.nodes(after)).isEqualTo(2);
  }
}
