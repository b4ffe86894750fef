package dev.nncc.cli;

import dev.nncc.compiler.CompileListener;
import dev.nncc.compiler.CompileOptions.Stage;
import dev.nncc.graph.Graph;
import dev.nncc.passes.Pass;
import dev.nncc.passes.PipelineListener;
import dev.nncc.passes.RewriteListener;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** Shows a compilation: progress, the stages that the user wants to see, rules, times of passes. */
final class ConsoleListener implements CompileListener {
  private final PrintWriter out;
  private final Progress progress;
  private final Set<Stage> dumps;
  private final boolean traceRules;
  private final Map<String, Double> passSeconds = new LinkedHashMap<>();

  ConsoleListener(PrintWriter out, Progress progress, List<Stage> dumps, boolean traceRules) {
    this.out = out;
    this.progress = progress;
    this.dumps = new java.util.LinkedHashSet<>(dumps);
    this.traceRules = traceRules;
  }

  @Override
  public void finished(Stage stage, long nanoseconds, Supplier<String> text) {
    if (dumps.contains(stage)) {
      progress.clear();
      out.println("// after " + stage.text());
      out.println(text.get().stripTrailing());
    }
    if (stage.ordinal() + 1 < Stage.values().length) {
      progress.at(Stage.values()[stage.ordinal() + 1].text(), 0, 0);
    }
  }

  @Override
  public void progress(Stage stage, int done, int total) {
    progress.at(stage.text() + ": kernel", done, total);
  }

  @Override
  public PipelineListener pipeline() {
    return new PipelineListener() {
      @Override
      public void passed(String stage, Pass pass, Graph before, Graph after, long nanoseconds) {
        progress.at(pass.name(), 0, 0);
        passSeconds.merge(stage + " / " + pass.name(), nanoseconds / 1e9, Double::sum);
      }
    };
  }

  @Override
  public RewriteListener rules() {
    return traceRules ? application -> out.println(application) : RewriteListener.NONE;
  }

  /** Seconds of each pass, by stage. */
  Map<String, Double> passSeconds() {
    return passSeconds;
  }
}
