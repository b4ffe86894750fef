package dev.nncc.passes.standard;

import dev.nncc.graph.Constant;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Op;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Slice;
import dev.nncc.graph.op.Transpose;
import dev.nncc.passes.Pass;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.PassOptions;
import dev.nncc.passes.PipelineListener;
import dev.nncc.passes.fuse.FuseVertically;
import java.util.Optional;

/**
 * How many kernels a model takes after each kind of fusion.
 *
 * @param imported nodes after strip and fold-constants
 * @param vertical after vertical fusion
 * @param concat without concatenations, slices, reshapes and transposes; the most that storage can
 *     make views of. What of these stays a copy is known after placement
 * @param horizontal with siblings merged too
 */
public record KernelLadder(int imported, int vertical, int concat, int horizontal) {

  /** Nodes that are no constants. */
  public static int nodes(Graph graph) {
    return (int) graph.nodes().stream().filter(n -> !(n.op() instanceof Constant)).count();
  }

  /** Nodes that compute or move something even if all that can be a view is one. */
  public static int kernels(Graph graph) {
    return (int) graph.nodes().stream().filter(n -> !isView(n)).count();
  }

  private static boolean isView(Node n) {
    Op op = n.op();
    return op instanceof Constant
        || op instanceof Concat
        || op instanceof Reshape
        || op instanceof Slice
        || op instanceof Transpose;
  }

  @Override
  public String toString() {
    return "kernels: imported "
        + imported
        + ", vertical "
        + vertical
        + ", concat "
        + concat
        + ", horizontal "
        + horizontal;
  }

  /** Listens to the standard pipeline and knows the ladder when it has run. */
  public static final class Recorder implements PipelineListener {
    private final PipelineListener then;
    private Optional<Graph> imported = Optional.empty();
    private Optional<Graph> unmerged = Optional.empty();
    private Optional<Graph> last = Optional.empty();

    /** Passes everything on to another listener. */
    public Recorder(PipelineListener then) {
      this.then = then;
    }

    public Recorder() {
      this(PipelineListener.NONE);
    }

    @Override
    public void passed(String stage, Pass pass, Graph before, Graph after, long nanoseconds) {
      if (pass.name().equals("fold-constants")) {
        imported = Optional.of(after);
      }
      then.passed(stage, pass, before, after, nanoseconds);
    }

    @Override
    public void finished(String stage, Graph graph) {
      if (stage.equals("canonicalise") && imported.isEmpty()) {
        imported = Optional.of(graph);
      }
      if (stage.equals("simplify")) {
        unmerged = Optional.of(graph);
      }
      last = Optional.of(graph);
      then.finished(stage, graph);
    }

    @Override
    public void failed(String stage, Pass pass, Graph before, RuntimeException why) {
      then.failed(stage, pass, before, why);
    }

    /**
     * The ladder; it fuses the graph without merged siblings once more for the steps between.
     *
     * @throws IllegalStateException before the pipeline has run
     */
    public KernelLadder ladder() {
      Graph end = last.orElseThrow(() -> new IllegalStateException("nothing has run yet"));
      Graph fused =
          new FuseVertically().apply(unmerged.orElse(end), new PassContext(PassOptions.DEFAULT));
      return new KernelLadder(
          nodes(imported.orElse(end)), nodes(fused), kernels(fused), kernels(end));
    }
  }
}
