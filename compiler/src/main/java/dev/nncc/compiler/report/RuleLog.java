package dev.nncc.compiler.report;

import dev.nncc.graph.Graph;
import dev.nncc.passes.Pass;
import dev.nncc.passes.PipelineListener;
import dev.nncc.passes.RewriteListener;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Remembers what passes and rules did, as text of bounded size: thousands of applications cost a
 * few megabytes, whatever they rewrite.
 */
final class RuleLog implements RewriteListener, PipelineListener {
  /** Applications of one rule that are kept with their text; the rest is counted. */
  static final int SHOWN_OF_A_RULE = 250;

  /** Applications that are kept with their text. */
  static final int SHOWN = 6_000;

  /** Characters of one side of an application. */
  static final int TEXT = 700;

  /** Characters of the names of an application's source nodes. */
  private static final int ORIGINS = 400;

  /**
   * A pass that ran.
   *
   * @param before nodes
   * @param after nodes
   */
  record PassRun(String stage, String pass, String description, int before, int after, int rules) {}

  /**
   * An application with its text.
   *
   * @param pass index into {@link #passes}
   */
  record Shown(long number, int pass, String before, String after, String origin) {}

  /** All of a rule. */
  static final class OfRule {
    private int count;
    private final List<Shown> shown = new ArrayList<>();

    int count() {
      return count;
    }

    List<Shown> shown() {
      return shown;
    }
  }

  private final Map<String, OfRule> rules = new LinkedHashMap<>();
  private final List<PassRun> passes = new ArrayList<>();
  private int shown;
  private int inPass;

  @Override
  public void applied(Application a) {
    OfRule rule = rules.computeIfAbsent(a.rule(), name -> new OfRule());
    rule.count++;
    inPass++;
    if (shown < SHOWN && rule.shown.size() < SHOWN_OF_A_RULE) {
      shown++;
      String before = NodeText.of(a.removed(), TEXT);
      String after =
          a.added().isEmpty() ? NodeText.values(a.after()) : NodeText.of(a.added(), TEXT);
      rule.shown.add(
          new Shown(
              a.number(), passes.size(), before, after, NodeText.origins(a.removed(), ORIGINS)));
    }
  }

  @Override
  public void passed(String stage, Pass pass, Graph before, Graph after, long nanoseconds) {
    passes.add(
        new PassRun(
            stage,
            pass.name(),
            pass.description(),
            before.nodes().size(),
            after.nodes().size(),
            inPass));
    inPass = 0;
  }

  Map<String, OfRule> rules() {
    return rules;
  }

  List<PassRun> passes() {
    return passes;
  }

  /** Applications of all rules. */
  int applications() {
    return rules.values().stream().mapToInt(OfRule::count).sum();
  }
}
