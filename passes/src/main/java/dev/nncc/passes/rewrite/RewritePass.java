package dev.nncc.passes.rewrite;

import dev.nncc.graph.Graph;
import dev.nncc.passes.Pass;
import dev.nncc.passes.PassContext;
import java.util.List;

/**
 * Applies a set of rules until none fits any more. On each node the rules are tried in their order;
 * nodes in the order of the graph, then those whose surroundings changed.
 *
 * @param budgetPerNode more applications than this for each node mean that rules undo each other
 */
public record RewritePass(String name, String description, List<Rule> rules, int budgetPerNode)
    implements Pass {
  public RewritePass {
    rules = List.copyOf(rules);
  }

  public RewritePass(String name, String description, List<Rule> rules) {
    this(name, description, rules, 30);
  }

  public static RewritePass of(Rule rule) {
    return new RewritePass(rule.name(), rule.name(), List.of(rule));
  }

  @Override
  public List<String> ruleNames() {
    return rules.stream().map(Rule::name).toList();
  }

  @Override
  public Graph apply(Graph graph, PassContext context) {
    List<Rule> enabled =
        rules.stream().filter(r -> context.enabled(r.name(), r.exactness())).toList();
    return new Rewriter(graph, enabled, context, budgetPerNode).run();
  }
}
