package dev.nncc.passes.recognise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.Graph;
import dev.nncc.passes.GraphText;
import dev.nncc.passes.Meaning;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.PassOptions;
import dev.nncc.passes.clean.EliminateCommonSubexpressions;
import dev.nncc.passes.clean.FoldConstants;
import dev.nncc.passes.rewrite.RewritePass;
import dev.nncc.passes.rewrite.Rule;
import dev.nncc.passes.simplify.SimplifyRules;
import java.util.ArrayList;
import java.util.List;

/** What the recognising rules make of a graph behind those that come before them. */
final class Recognised {
  private Recognised() {}

  /** The graph afterwards, as text; checked by evaluation, and that nothing is left to do. */
  static String text(Graph before) {
    PassContext context = new PassContext(PassOptions.DEFAULT);
    List<Rule> simplify = new ArrayList<>(SimplifyRules.all());
    simplify.add(new FoldConstants(1 << 20));
    Graph simple = new EliminateCommonSubexpressions().apply(before, context);
    simple = new RewritePass("simplify", "", simplify).apply(simple, context);
    List<Rule> rules = new ArrayList<>(RecogniseRules.all());
    rules.addAll(simplify);
    RewritePass pass = new RewritePass("recognise", "", rules);
    Graph after = pass.apply(simple, context);
    assertThat(pass.apply(after, context)).isSameAs(after);
    Meaning.same(before, after, false);
    return GraphText.of(after);
  }
}
