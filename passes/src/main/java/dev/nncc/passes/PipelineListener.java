package dev.nncc.passes;

import dev.nncc.graph.Graph;

/** Hears what a pipeline does, for dumps, times and crash reports. */
public interface PipelineListener {
  PipelineListener NONE = new PipelineListener() {};

  /** A pass ended; {@code before == after} if it changed nothing. */
  default void passed(String stage, Pass pass, Graph before, Graph after, long nanoseconds) {}

  /** The last pass of a stage ended. */
  default void finished(String stage, Graph graph) {}

  /** A pass threw; the exception travels on afterwards. */
  default void failed(String stage, Pass pass, Graph before, RuntimeException why) {}
}
