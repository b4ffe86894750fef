package dev.nncc.passes.standard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.Graph;
import dev.nncc.graph.bound.Agreement;
import dev.nncc.graph.bound.Bounded;
import dev.nncc.graph.bound.ErrorBounds;
import dev.nncc.graph.random.RandomGraph;
import dev.nncc.graph.random.Shrink;
import dev.nncc.graph.text.GraphPrinter;
import dev.nncc.passes.GraphText;
import dev.nncc.passes.Pass;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.PassOptions;
import dev.nncc.passes.Pipeline;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Passes on random graphs over all operators: each alone and each beginning of the pipeline keep
 * what the graph computes, within bounds derived from its arithmetic, and the whole pipeline a
 * second time changes nothing.
 */
class RandomGraphsTest {
  private static final int FEW = Integer.getInteger("nncc.graphs", 300);
  private static final int MANY = Integer.getInteger("nncc.graphs", 10_000);
  private static final long FIRST = Long.getLong("nncc.seed", 0);

  /** More faults than this are not made small one by one. */
  private static final int MOST_FAULTS = 5;

  private static final PassOptions OPTIONS = PassOptions.DEFAULT.withVerify(true);

  @Test
  void passesKeepTheMeaning() {
    Tally tally = run(FIRST, FEW);
    Set<String> passes = new TreeSet<>(names(Pipelines.standard(OPTIONS)));
    // These numbers are of 32 bits or more, and it is not asked to take any away.
    passes.remove("lower-precision");
    assertThat(tally.changed.keySet()).containsAll(passes);
    // Bounds that hold nothing back would let everything pass.
    assertThat(tally.bounded).isGreaterThan(tally.elements * 9 / 10);
  }

  @Test
  @Tag("full")
  void passesKeepTheMeaningOfManyGraphs() {
    Tally tally = run(1_000_000 + FIRST, MANY);
    Set<String> rules = new TreeSet<>();
    Pipelines.standard(OPTIONS)
        .stages()
        .forEach(s -> s.passes().forEach(p -> rules.addAll(p.ruleNames())));
    Set<String> applied = new TreeSet<>(rules);
    applied.retainAll(tally.applications.keySet());
    // A rule that never fires is not checked; some want more than chance brings together.
    assertThat(applied).hasSizeGreaterThan(rules.size() * 4 / 5);
  }

  private static Set<String> names(Pipeline pipeline) {
    Set<String> names = new TreeSet<>();
    pipeline.stages().forEach(s -> s.passes().forEach(p -> names.add(p.name())));
    return names;
  }

  /** How often each pass changed a graph, and how much of the outputs was compared. */
  private static final class Tally {
    final Map<String, Integer> changed = new TreeMap<>();
    final Map<String, Integer> applications = new TreeMap<>();
    long elements;
    long bounded;
  }

  private static Tally run(long first, int count) {
    Tally tally = new Tally();
    List<String> faults = new ArrayList<>();
    for (long seed = first; seed < first + count && faults.size() < MOST_FAULTS; seed++) {
      RandomGraph g = RandomGraph.of(seed);
      Optional<String> fault = fault(g, tally);
      if (fault.isPresent()) {
        String kind = kind(fault.get());
        RandomGraph small =
            Shrink.minimal(
                g, c -> fault(c, new Tally()).filter(f -> kind(f).equals(kind)).isPresent());
        faults.add(
            "seed "
                + seed
                + ": "
                + fault(small, new Tally()).orElse("")
                + "\n"
                + GraphPrinter.print(small.graph())
                + Shrink.inputs(small));
      }
    }
    assertThat(faults).isEmpty();
    return tally;
  }

  /** Up to the first colon: the check that failed. */
  private static String kind(String fault) {
    return fault.substring(0, fault.indexOf(':'));
  }

  private static Optional<String> fault(RandomGraph g, Tally tally) {
    List<Bounded> inputs = g.inputs().stream().map(Bounded::exact).toList();
    List<Bounded> expected = ErrorBounds.evaluate(g.graph(), inputs);
    for (Bounded b : expected) {
      for (double e : b.errors()) {
        tally.elements++;
        tally.bounded += e < Double.POSITIVE_INFINITY ? 1 : 0;
      }
    }
    Pipeline pipeline = Pipelines.standard(OPTIONS);
    Graph now = g.graph();
    for (Pipeline.Stage stage : pipeline.stages()) {
      for (Pass pass : stage.passes()) {
        Optional<String> alone = check(pass, g.graph(), expected, inputs, "alone", tally);
        if (alone.isPresent()) {
          return alone;
        }
        Optional<String> next = check(pass, now, expected, inputs, "in the pipeline", tally);
        if (next.isPresent()) {
          return next;
        }
        now = apply(pass, now, tally);
      }
    }
    Graph twice = pipeline.run(now, new PassContext(OPTIONS));
    return twice == now
        ? Optional.empty()
        : Optional.of("run twice: from\n" + GraphText.of(now) + "to\n" + GraphText.of(twice));
  }

  private static Graph apply(Pass pass, Graph graph, Tally tally) {
    PassContext context =
        new PassContext(OPTIONS, a -> tally.applications.merge(a.rule(), 1, Integer::sum));
    return Pipeline.of(Pipeline.Stage.of("one", pass)).run(graph, context);
  }

  private static Optional<String> check(
      Pass pass,
      Graph before,
      List<Bounded> expected,
      List<Bounded> inputs,
      String where,
      Tally tally) {
    String what = pass.name() + " " + where;
    Graph after;
    try {
      after = apply(pass, before, tally);
    } catch (RuntimeException e) {
      return Optional.of(what + " throws " + e.getClass().getSimpleName() + ": " + e);
    }
    if (after == before) {
      return Optional.empty();
    }
    tally.changed.merge(pass.name(), 1, Integer::sum);
    List<Bounded> actual = ErrorBounds.evaluate(after, inputs);
    for (int i = 0; i < expected.size(); i++) {
      Bounded e = expected.get(i);
      if (!actual.get(i).value().type().equals(e.value().type())) {
        return Optional.of(what + " changes a type: output " + i);
      }
      Optional<String> problem = Agreement.of(actual.get(i), e).problem(e.value());
      if (problem.isPresent()) {
        return Optional.of(
            what + ": output " + i + " " + problem.get() + ", by\n" + GraphText.of(after));
      }
    }
    return Optional.empty();
  }
}
