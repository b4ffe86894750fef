package dev.nncc.compiler;

import dev.nncc.compiler.CompileOptions.Stage;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Keeps the time of the stages, tells the listener, and knows where to stop. */
final class Stages {
  private final Optional<Stage> last;
  private final CompileListener listener;
  private final Map<String, Double> seconds = new LinkedHashMap<>();
  private String heading = "";
  private long started = System.nanoTime();

  Stages(Optional<Stage> last, CompileListener listener) {
    this.last = last;
    this.listener = listener;
  }

  /**
   * The coming stages concern this profile alone.
   *
   * @param name empty where there is only one profile, or for all of them
   */
  void profile(String name) {
    heading = name.isEmpty() ? "" : "// profile " + name + "\n";
  }

  /** Notes the stage's time; whether it is the last to run. */
  boolean ended(Stage stage, Supplier<String> text) {
    long now = System.nanoTime();
    seconds.merge(stage.text(), (now - started) / 1e9, Double::sum);
    String first = heading;
    listener.finished(stage, now - started, () -> first + text.get());
    started = System.nanoTime();
    return last.filter(stage::equals).isPresent();
  }

  /** By stage; those of several profiles added up. */
  Map<String, Double> seconds() {
    return seconds;
  }
}
