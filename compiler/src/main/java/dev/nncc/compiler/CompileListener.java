package dev.nncc.compiler;

import dev.nncc.passes.PipelineListener;
import dev.nncc.passes.RewriteListener;
import java.util.function.Supplier;

/** Hears what a compilation does, for progress, dumps and times. Called on the compiling thread. */
public interface CompileListener {
  CompileListener NONE = new CompileListener() {};

  /**
   * A stage ended.
   *
   * @param text its result in text form; computed only when asked for
   */
  default void finished(CompileOptions.Stage stage, long nanoseconds, Supplier<String> text) {}

  /** Progress inside a stage: {@code done} of {@code total} kernels. */
  default void progress(CompileOptions.Stage stage, int done, int total) {}

  /**
   * All kernels are made, the library is not linked yet. Called for each shape profile; not when a
   * stage before is last.
   */
  default void made(Anatomy anatomy) {}

  default PipelineListener pipeline() {
    return PipelineListener.NONE;
  }

  default RewriteListener rules() {
    return RewriteListener.NONE;
  }
}
