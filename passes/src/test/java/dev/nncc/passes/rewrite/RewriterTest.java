package dev.nncc.passes.rewrite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.GraphText;
import dev.nncc.passes.Model;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.PassOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RewriterTest {
  /** {@code a(b(x)) -> c(x)}. */
  record Merge(ElementwiseKind a, ElementwiseKind b, ElementwiseKind c) implements Rule {
    @Override
    public Exactness exactness() {
      return Exactness.EXACT;
    }

    @Override
    public Optional<Replacement> apply(Node root, RewriteContext context) {
      if (!RewriteContext.isKind(root, a)) {
        return Optional.empty();
      }
      return context
          .producer(root.operand(0), b)
          .flatMap(inner -> Replacement.by(context.add(c, inner.operand(0))));
    }
  }

  /** {@code from(x) -> to(x)}. */
  record Become(ElementwiseKind from, ElementwiseKind to) implements Rule {
    @Override
    public String name() {
      return from.text() + "-to-" + to.text();
    }

    @Override
    public Exactness exactness() {
      return Exactness.EXACT;
    }

    @Override
    public Optional<Replacement> apply(Node root, RewriteContext context) {
      return RewriteContext.isKind(root, from)
          ? Replacement.by(context.add(to, root.operand(0)))
          : Optional.empty();
    }
  }

  private static Graph run(Graph g, PassContext context, Rule... rules) {
    return new RewritePass("test", "", List.of(rules)).apply(g, context);
  }

  private static PassContext context() {
    return new PassContext(PassOptions.DEFAULT);
  }

  private static final Rule FLOOR_FLOOR =
      new Merge(ElementwiseKind.FLOOR, ElementwiseKind.FLOOR, ElementwiseKind.FLOOR);

  @Test
  void namesARuleAfterItsClass() {
    assertThat(FLOOR_FLOOR.name()).isEqualTo("merge");
  }

  @Test
  void returnsTheSameGraphIfNothingFits() {
    Model m = new Model();
    Graph g = m.build(m.relu(m.input("x", 4)));
    assertThat(run(g, context(), FLOOR_FLOOR)).isSameAs(g);
  }

  @Test
  void mergesAChainAndTheOriginsOfWhatItReplaced() {
    Model m = new Model();
    Value v = m.input("x", 4);
    for (int i = 0; i < 3; i++) {
      v = m.op(ElementwiseKind.FLOOR, v);
    }
    Graph g = run(m.build(v), context(), FLOOR_FLOOR);
    assertThat(GraphText.of(g)).isEqualTo("in x: f64[4]\n%0 = Floor(x)\nout %0\n");
    assertThat(g.nodes().get(0).origin()).hasToString("n0;n1;n2");
  }

  @Test
  void keepsWhatOthersStillRead() {
    Model m = new Model();
    Value a = m.op(ElementwiseKind.FLOOR, m.input("x", 4));
    Value b = m.op(ElementwiseKind.FLOOR, a);
    Graph g = run(m.build(a, b), context(), FLOOR_FLOOR);
    assertThat(GraphText.of(g))
        .isEqualTo("in x: f64[4]\n%0 = Floor(x)\n%1 = Floor(x)\nout %0, %1\n");
    assertThat(g.nodes().get(1).origin()).hasToString("n1");
  }

  @Test
  void givesNewValuesTheNamesOfTheOldOnes() {
    Model m = new Model();
    Value y = m.named("y", Elementwise.of(ElementwiseKind.RELU), m.input("x", 4));
    Graph g = run(m.build(y), context(), new Become(ElementwiseKind.RELU, ElementwiseKind.FLOOR));
    assertThat(g.outputs().get(0).name()).isEqualTo("y");
    assertThat(g.nodes().get(0).op().name()).isEqualTo("Floor");
  }

  @Test
  void refusesARuleThatChangesTheShape() {
    Model m = new Model();
    Value x = m.input("x", 4, 1);
    Graph g = m.build(m.add(m.relu(x), m.scalar(1)));
    Rule wrong =
        new Rule() {
          @Override
          public String name() {
            return "wrong";
          }

          @Override
          public Exactness exactness() {
            return Exactness.EXACT;
          }

          @Override
          public Optional<Replacement> apply(Node root, RewriteContext context) {
            return RewriteContext.isKind(root, ElementwiseKind.ADD)
                ? Replacement.by(root.operand(1))
                : Optional.empty();
          }
        };
    assertThatThrownBy(() -> run(g, context(), wrong))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("wrong")
        .hasMessageContaining("f64[4,1]");
  }

  @Test
  void namesRulesThatUndoEachOther() {
    Model m = new Model();
    Graph g = m.build(m.relu(m.input("x", 4)));
    assertThatThrownBy(
            () ->
                run(
                    g,
                    context(),
                    new Become(ElementwiseKind.RELU, ElementwiseKind.FLOOR),
                    new Become(ElementwiseKind.FLOOR, ElementwiseKind.RELU)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("Relu-to-Floor")
        .hasMessageContaining("Floor-to-Relu");
  }

  @Test
  void leavesOutWhatIsDisabledOrNotExactEnough() {
    Model m = new Model();
    Graph g = m.build(m.relu(m.input("x", 4)));
    PassContext off = new PassContext(PassOptions.DEFAULT.withDisabled(List.of("Relu-to-Floor")));
    assertThat(run(g, off, new Become(ElementwiseKind.RELU, ElementwiseKind.FLOOR))).isSameAs(g);
    assertThat(off.enabled("r", Exactness.APPROXIMATE)).isFalse();
    assertThat(off.enabled("r", Exactness.REASSOCIATES)).isTrue();
  }

  @Test
  void stopsAfterTheGivenNumberOfApplications() {
    Model m = new Model();
    Value x = m.input("x", 4);
    Graph g = m.build(m.relu(x), m.relu(m.relu(x)));
    PassContext two = new PassContext(PassOptions.DEFAULT.withStopAfter(2));
    Graph after = run(g, two, new Become(ElementwiseKind.RELU, ElementwiseKind.FLOOR));
    assertThat(GraphText.of(after))
        .isEqualTo("in x: f64[4]\n%0 = Floor(x)\n%1 = Floor(x)\n%2 = Relu(%1)\nout %0, %2\n");
  }

  @Test
  void tellsTheListenerOfEachApplication() {
    Model m = new Model();
    Graph g = m.build(m.relu(m.input("x", 4)));
    List<String> heard = new ArrayList<>();
    PassContext context = new PassContext(PassOptions.DEFAULT, a -> heard.add(a.toString()));
    run(g, context, new Become(ElementwiseKind.RELU, ElementwiseKind.FLOOR));
    assertThat(heard).containsExactly("1 Relu-to-Floor: %1 = Relu(%0) -> %2 = Floor(%0) [n0]");
  }

  @Test
  void rewritesALongChainNodeByNode() {
    Model m = new Model();
    Value v = m.input("x", 4);
    for (int i = 0; i < 100_000; i++) {
      v = m.op(i % 2 == 0 ? ElementwiseKind.FLOOR : ElementwiseKind.RELU, v);
    }
    PassContext context = context();
    Graph g = run(m.build(v), context, new Become(ElementwiseKind.FLOOR, ElementwiseKind.CEIL));
    assertThat(g.nodes()).hasSize(100_000);
    assertThat(context.applications()).isEqualTo(50_000);
  }

  @Test
  void rewritesTenThousandReadersOfOneValue() {
    Model m = new Model();
    Value x = m.relu(m.input("x", 4));
    Value[] outputs = new Value[10_000];
    for (int i = 0; i < outputs.length; i++) {
      outputs[i] = m.relu(m.op(ElementwiseKind.FLOOR, x));
    }
    PassContext context = context();
    Graph g =
        run(m.build(outputs), context, new Become(ElementwiseKind.FLOOR, ElementwiseKind.CEIL));
    assertThat(g.nodes()).hasSize(20_001);
  }
}
