package dev.nncc.compiler.report;

import dev.nncc.compiler.Anatomy;
import dev.nncc.compiler.CompileListener;
import dev.nncc.compiler.CompileOptions;
import dev.nncc.graph.Graph;
import dev.nncc.passes.Pass;
import dev.nncc.passes.PipelineListener;
import dev.nncc.passes.RewriteListener;
import java.util.Optional;
import java.util.function.Supplier;

/** Remembers of a compilation what its page shows. For one compilation. */
public final class ReportRecorder implements CompileListener {
  private final CompileListener then;
  private final RuleLog log = new RuleLog();
  private Optional<Graph> imported = Optional.empty();
  private Optional<Graph> simplified = Optional.empty();
  private Optional<Anatomy> anatomy = Optional.empty();

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
    anatomy = Optional.of(parts);
    then.made(parts);
  }

  @Override
  public RewriteListener rules() {
    RewriteListener next = then.rules();
    return application -> {
      log.applied(application);
      next.applied(application);
    };
  }

  @Override
  public PipelineListener pipeline() {
    PipelineListener next = then.pipeline();
    return new PipelineListener() {
      @Override
      public void passed(String stage, Pass pass, Graph before, Graph after, long nanoseconds) {
        imported = imported.or(() -> Optional.of(before));
        log.passed(stage, pass, before, after, nanoseconds);
        next.passed(stage, pass, before, after, nanoseconds);
      }

      @Override
      public void finished(String stage, Graph graph) {
        if (stage.equals("simplify")) {
          simplified = Optional.of(graph);
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
   * What there is to show.
   *
   * @throws IllegalStateException before the compilation has made its kernels
   */
  Material material() {
    Anatomy parts =
        anatomy.orElseThrow(() -> new IllegalStateException("nothing has been compiled yet"));
    Graph last = parts.placement().graph();
    return new Material(imported.orElse(last), simplified.orElse(last), parts, log);
  }

  /**
   * All that a page shows.
   *
   * @param imported the graph before any pass
   * @param simplified the graph before fusion
   */
  record Material(Graph imported, Graph simplified, Anatomy anatomy, RuleLog log) {}
}
