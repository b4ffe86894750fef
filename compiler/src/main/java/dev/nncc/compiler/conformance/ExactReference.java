package dev.nncc.compiler.conformance;

import dev.nncc.compiler.run.Tolerance;
import dev.nncc.compiler.run.Tolerance.Verdict;
import dev.nncc.frontend.Importers;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.graph.Evaluator;
import dev.nncc.graph.Graph;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * A second look at an output that misses its tolerance by little. The stored output is itself a
 * computation in fp32; where that one is farther from the exact result than the tolerance, nothing
 * that computes well can agree with it. The exact result comes from the reference evaluator, which
 * accumulates in doubles.
 */
record ExactReference(Path model, ImportOptions imports, List<Tensor> inputs) {
  /** Beyond this many tolerances the difference is no matter of rounding. */
  private static final double NEAR = 10;

  /**
   * The verdict as it was, or a pass: when we are within the tolerance of the exact result, and the
   * stored output is outside of it, but near.
   */
  Verdict reconsider(
      Verdict failed, Tolerance tolerance, int output, Tensor actual, Tensor stored) {
    if (failed.limit() == 0 || !(failed.difference() < NEAR * failed.limit())) {
      return failed;
    }
    Tensor exact;
    try {
      Graph graph = Importers.importModel(model, imports).graph();
      exact = Evaluator.evaluate(graph, inputs).get(output);
    } catch (ModelException e) {
      return failed;
    }
    double ours = tolerance.distance(actual, exact);
    double theirs = tolerance.distance(stored, exact);
    String figures =
        String.format(
            Locale.ROOT, "; exact arithmetic: %.2g from ours, %.2g from the stored", ours, theirs);
    boolean excused = ours <= tolerance.limit(actual.dtype()) && theirs > failed.limit();
    return new Verdict(
        failed.name(), excused, failed.difference(), failed.limit(), failed.text() + figures);
  }
}
