package dev.nncc.passes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.Graph;
import dev.nncc.passes.rewrite.RewritePass;
import dev.nncc.passes.rewrite.Rule;
import java.util.List;

/** Runs rules on a graph and looks at the text and the meaning of what becomes of it. */
public final class RuleTester {
  private final List<Rule> rules;

  private RuleTester(List<Rule> rules) {
    this.rules = rules;
  }

  public static RuleTester of(Rule... rules) {
    return new RuleTester(List.of(rules));
  }

  public Result on(Graph before) {
    PassContext context = new PassContext(PassOptions.DEFAULT.withAllowed(Exactness.APPROXIMATE));
    RewritePass pass = new RewritePass("test", "rules under test", rules);
    Graph after = pass.apply(before, context);
    assertThat(Pipeline.firstWrong(after)).isEmpty();
    assertThat(pass.apply(after, context)).as("applied twice").isSameAs(after);
    return new Result(before, after);
  }

  public final class Result {
    private final Graph before;
    private final Graph after;

    private Result(Graph before, Graph after) {
      this.before = before;
      this.after = after;
    }

    public Result becomes(String text) {
      assertThat(GraphText.of(after)).isEqualTo(text);
      return this;
    }

    public Result meansTheSame() {
      assertThat(after).as("no rule fired").isNotSameAs(before);
      boolean exact = rules.stream().allMatch(r -> r.exactness() == Exactness.EXACT);
      Meaning.same(before, after, exact);
      return this;
    }

    public void doesNotFire() {
      assertThat(after).isSameAs(before);
    }

    public Graph graph() {
      return after;
    }
  }
}
