package dev.nncc.compiler.report;

import dev.nncc.compiler.Anatomy;
import dev.nncc.compiler.CompileListener;
import dev.nncc.compiler.CompileOptions;
import dev.nncc.graph.Graph;
import dev.nncc.passes.Pass;
import dev.nncc.passes.PipelineListener;
import dev.nncc.passes.RewriteListener;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Remembers of a compilation what its page shows. For one compilation; of several shape profiles
 * the page shows the one with the most work first.
 */
public final class ReportRecorder implements CompileListener {
  /** What the passes did to the graph of one profile. */
  private static final class Rewriting {
    private final RuleLog log = new RuleLog();
    private Optional<Graph> imported = Optional.empty();
    private Optional<Graph> simplified = Optional.empty();
  }

  private final CompileListener then;
  private final List<Rewriting> rewritings = new ArrayList<>();
  private final List<Anatomy> anatomies = new ArrayList<>();

  /** Passes everything on to another listener. */
  public ReportRecorder(CompileListener then) {
    this.then = then;
  }

  @Override
  public void finished(CompileOptions.Stage stage, long nanoseconds, Supplier<String> text) {
    then.finished(stage, nanoseconds, text);
  }

  @Override
  public void progress(CompileOptions.Stage stage, int done, int total) {
    then.progress(stage, done, total);
  }

  @Override
  public void made(Anatomy parts) {
    anatomies.add(parts);
    then.made(parts);
  }

  /** Asked for once for each profile, before {@link #pipeline}. */
  @Override
  public RewriteListener rules() {
    RewriteListener next = then.rules();
    Rewriting now = new Rewriting();
    rewritings.add(now);
    return application -> {
      now.log.applied(application);
      next.applied(application);
    };
  }

  @Override
  public PipelineListener pipeline() {
    PipelineListener next = then.pipeline();
    Rewriting now = rewritings.get(rewritings.size() - 1);
    return new PipelineListener() {
      @Override
      public void passed(String stage, Pass pass, Graph before, Graph after, long nanoseconds) {
        now.imported = now.imported.or(() -> Optional.of(before));
        now.log.passed(stage, pass, before, after, nanoseconds);
        next.passed(stage, pass, before, after, nanoseconds);
      }

      @Override
      public void finished(String stage, Graph graph) {
        if (stage.equals("simplify")) {
          now.simplified = Optional.of(graph);
        }
        next.finished(stage, graph);
      }

      @Override
      public void failed(String stage, Pass pass, Graph before, RuntimeException why) {
        next.failed(stage, pass, before, why);
      }
    };
  }

  /**
   * What there is to show first.
   *
   * @throws IllegalStateException before the compilation has made its kernels
   */
  Material material() {
    return material(most());
  }

  /** What there is to show of each shape profile, in order. */
  List<Material> materials() {
    return IntStream.range(0, anatomies.size()).mapToObj(this::material).toList();
  }

  private Material material(int profile) {
    Anatomy parts = anatomies.get(profile);
    Rewriting rewriting = rewritings.get(profile);
    Graph last = parts.placement().graph();
    List<String> notes = new ArrayList<>(parts.report().notes());
    if (anatomies.size() > 1) {
      notes.add(
          "The library has "
              + anatomies.size()
              + " shape profiles. Shown is "
              + parts.profile()
              + "; weights, functions and code are those of all.");
    }
    return new Material(
        profile,
        rewriting.imported.orElse(last),
        rewriting.simplified.orElse(last),
        parts,
        rewriting.log,
        notes);
  }

  /**
   * The shape profile that the page shows first: the one with the most work.
   *
   * @throws IllegalStateException before the compilation has made its kernels
   */
  public String profile() {
    return anatomies.get(most()).profile();
  }

  private int most() {
    if (anatomies.isEmpty()) {
      throw new IllegalStateException("nothing has been compiled yet");
    }
    int most = 0;
    for (int i = 1; i < anatomies.size(); i++) {
      most = flops(anatomies.get(i)) > flops(anatomies.get(most)) ? i : most;
    }
    return most;
  }

  private static double flops(Anatomy a) {
    return a.plan().steps().stream().mapToDouble(s -> s.phase().flops()).sum();
  }

  /**
   * All that a page shows of a shape profile.
   *
   * @param profile its number among those of the library
   * @param imported the graph before any pass
   * @param simplified the graph before fusion
   * @param notes sentences for the reader
   */
  record Material(
      int profile,
      Graph imported,
      Graph simplified,
      Anatomy anatomy,
      RuleLog log,
      List<String> notes) {
    Material {
      notes = List.copyOf(notes);
    }
  }
}
