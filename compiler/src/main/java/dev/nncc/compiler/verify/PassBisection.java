package dev.nncc.compiler.verify;

import dev.nncc.compiler.verify.Meaning.Distance;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.bound.Widen;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.Pass;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.PassOptions;
import dev.nncc.passes.Pipeline;
import dev.nncc.passes.RewriteListener.Application;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Finds the pass, and in it the application of a rule, behind which a graph computes something
 * else. Graphs are evaluated over f64, so that two which mean the same differ by little but the
 * rounding of constants that passes computed.
 */
public final class PassBisection {
  private final Graph imported;
  private final List<Tensor> narrow;
  private final List<Tensor> inputs;
  private final Function<PassOptions, Pipeline> pipeline;
  private final PassOptions options;
  private final Consumer<String> progress;
  private final Meaning expected;
  private Optional<Meaning> shaken = Optional.empty();

  /**
   * @param pipeline the passes to search in
   * @param progress takes what is being done
   */
  public PassBisection(
      Graph imported,
      List<Tensor> inputs,
      Function<PassOptions, Pipeline> pipeline,
      PassOptions options,
      Consumer<String> progress) {
    this.imported = imported;
    this.narrow = List.copyOf(inputs);
    this.inputs = Widen.tensors(inputs);
    this.pipeline = pipeline;
    this.options = options;
    this.progress = progress;
    progress.accept("evaluating the model");
    this.expected = Meaning.of(imported, this.inputs);
  }

  /**
   * What made the graph wrong.
   *
   * @param pass its name
   * @param application of a rule, where the pass applies rules
   * @param before the graph in front of it
   * @param after the graph behind it
   * @param distance of what the graphs compute behind it
   */
  public record WrongPass(
      String pass,
      Optional<Application> application,
      Graph before,
      Graph after,
      Distance distance) {
    /** One line for people. */
    public String text() {
      return String.format(
          Locale.ROOT,
          "pass %s%s; outputs differ by a relative L2 of %.2g%s",
          pass,
          application.map(a -> ", rule application " + a).orElse(""),
          distance.outputs(),
          distance.value().map(v -> ", the first value is '" + v + "'").orElse(""));
    }
  }

  /** Outputs of the imported graph over f64. */
  List<Tensor> expected() {
    return expected.outputs();
  }

  /** How far what a graph computes is from what the model does. */
  public Distance distance(Graph graph) {
    Meaning actual = Meaning.of(graph, inputs);
    Distance steady = actual.from(expected, shaken);
    if (!steady.isWrong() || shaken.isPresent()) {
      return steady;
    }
    progress.accept("evaluating the model off by roundings");
    shaken = Optional.of(Meaning.of(Shaken.graph(imported), Shaken.tensors(narrow)));
    return actual.from(expected, shaken);
  }

  /** The first pass behind which the graph is wrong; empty when all keep its meaning. */
  public Optional<WrongPass> search() {
    PassContext context = new PassContext(options);
    Graph g = imported;
    int number = 0;
    for (Pass pass : passes()) {
      long applied = context.applications();
      Graph after = pass.apply(g, context);
      if (after != g) {
        progress.accept("evaluating after " + pass.name());
        Distance distance = distance(after);
        if (distance.isWrong()) {
          return Optional.of(
              context.applications() == applied
                  ? new WrongPass(pass.name(), Optional.empty(), g, after, distance)
                  : application(number, pass, applied, context.applications()));
        }
      }
      g = after;
      number++;
    }
    return Optional.empty();
  }

  private List<Pass> passes() {
    PassContext context = new PassContext(options);
    List<Pass> passes = new ArrayList<>();
    for (Pipeline.Stage s : pipeline.apply(options).stages()) {
      for (Pass p : s.passes()) {
        if (context.enabled(p.name(), Exactness.EXACT)) {
          passes.add(p);
        }
      }
    }
    return passes;
  }

  /** Of the applications after {@code good} up to {@code bad} the first that does harm. */
  private WrongPass application(int number, Pass pass, long good, long bad) {
    long right = good;
    long wrong = bad;
    while (wrong - right > 1) {
      long middle = (right + wrong) >>> 1;
      progress.accept("evaluating after " + middle + " rule applications");
      if (distance(after(number, middle, new ArrayList<>())).isWrong()) {
        wrong = middle;
      } else {
        right = middle;
      }
    }
    List<Application> applications = new ArrayList<>();
    Graph before = after(number, right, new ArrayList<>());
    Graph after = after(number, wrong, applications);
    long found = wrong;
    return new WrongPass(
        pass.name(),
        applications.stream().filter(a -> a.number() == found).findFirst(),
        before,
        after,
        distance(after));
  }

  /** The graph behind a pass with so many rule applications in all. */
  private Graph after(int number, long applications, List<Application> into) {
    PassContext context = new PassContext(options.withStopAfter(applications), into::add);
    Graph g = imported;
    for (Pass p : passes().subList(0, number + 1)) {
      g = p.apply(g, context);
    }
    return g;
  }
}
