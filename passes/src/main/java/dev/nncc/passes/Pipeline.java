package dev.nncc.passes;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Passes in order, grouped into named stages. Immutable. */
public final class Pipeline {
  /** Passes under one name, which dumps and {@code --stop-after} use. */
  public record Stage(String name, List<Pass> passes) {
    public Stage {
      passes = List.copyOf(passes);
    }

    public static Stage of(String name, Pass... passes) {
      return new Stage(name, List.of(passes));
    }
  }

  private final List<Stage> stages;

  private Pipeline(List<Stage> stages) {
    this.stages = List.copyOf(stages);
  }

  public static Pipeline of(Stage... stages) {
    return new Pipeline(List.of(stages));
  }

  public List<Stage> stages() {
    return stages;
  }

  /** All that {@code --disable} can name: passes and rules, each once, in order. */
  public List<String> names() {
    Set<String> names = new LinkedHashSet<>();
    for (Stage s : stages) {
      for (Pass p : s.passes()) {
        names.add(p.name());
        names.addAll(p.ruleNames());
      }
    }
    return List.copyOf(names);
  }

  /** The stages before the named one. */
  public Pipeline before(String stage) {
    return new Pipeline(stages.subList(0, index(stage)));
  }

  /** The stages up to and with the named one. */
  public Pipeline through(String stage) {
    return new Pipeline(stages.subList(0, index(stage) + 1));
  }

  /** The stages from the named one on. */
  public Pipeline from(String stage) {
    return new Pipeline(stages.subList(index(stage), stages.size()));
  }

  private int index(String stage) {
    for (int i = 0; i < stages.size(); i++) {
      if (stages.get(i).name().equals(stage)) {
        return i;
      }
    }
    throw new IllegalArgumentException(
        "no stage " + stage + " among " + stages.stream().map(Stage::name).toList());
  }

  public Graph run(Graph graph, PassContext context) {
    return run(graph, context, PipelineListener.NONE);
  }

  /** Runs all passes but the disabled ones; the same object if none changed anything. */
  public Graph run(Graph graph, PassContext context, PipelineListener listener) {
    Graph g = graph;
    for (Stage stage : stages) {
      for (Pass pass : stage.passes()) {
        if (context.enabled(pass.name(), Exactness.EXACT)) {
          g = run(stage, pass, g, context, listener);
        }
      }
      listener.finished(stage.name(), g);
    }
    return g;
  }

  private static Graph run(
      Stage stage, Pass pass, Graph before, PassContext context, PipelineListener listener) {
    long start = System.nanoTime();
    Graph after;
    try {
      after = pass.apply(before, context);
      if (context.options().verify() && after != before) {
        firstWrong(after)
            .ifPresent(
                problem -> {
                  throw new IllegalStateException("after " + pass.name() + ": " + problem);
                });
      }
    } catch (RuntimeException e) {
      listener.failed(stage.name(), pass, before, e);
      throw e;
    }
    listener.passed(stage.name(), pass, before, after, System.nanoTime() - start);
    return after;
  }

  /**
   * What is wrong with the types of the first node whose results are not what its operator infers.
   */
  public static Optional<String> firstWrong(Graph graph) {
    for (Node n : graph.nodes()) {
      List<TensorType> inferred = n.op().infer(n.operandTypes());
      List<TensorType> stated = n.results().stream().map(Value::type).toList();
      if (!inferred.equals(stated)) {
        return Optional.of(
            n.op().name() + " " + n.results() + " is " + stated + ", inferred " + inferred);
      }
    }
    return Optional.empty();
  }

  /**
   * Stages and passes with what each does, one a line.
   *
   * @param rules whether rules follow, each with the first pass that applies it
   */
  public String describe(PassOptions options, boolean rules) {
    List<String> lines = new ArrayList<>();
    Set<String> said = new LinkedHashSet<>();
    for (Stage stage : stages) {
      lines.add(stage.name());
      for (Pass p : stage.passes()) {
        String off = options.disabled().contains(p.name()) ? " (disabled)" : "";
        lines.add(String.format("  %-24s %s%s", p.name(), p.description(), off));
        said.add(p.name());
        if (rules) {
          p.ruleNames().stream().filter(said::add).forEach(r -> lines.add("    " + r));
        }
      }
    }
    return String.join("\n", lines) + "\n";
  }
}
