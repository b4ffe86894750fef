package dev.nncc.compiler.verify;

import dev.nncc.graph.Constant;
import dev.nncc.graph.DType;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.bound.Rounding;
import dev.nncc.graph.bound.Widen;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A model with its numbers off by about what their types round. Where it rounds to whole steps, as
 * quantised models do, that alone moves its outputs by far more; where its types are narrow, passes
 * that compute constants move them as much.
 */
final class Shaken {
  /** Smaller constants of whole numbers are sizes and exponents, whose last bit means something. */
  private static final long WEIGHTS = 64;

  private Shaken() {}

  /** Over f64, with the weights changed. */
  static Graph graph(Graph narrow) {
    Graph g = Widen.graph(narrow);
    Random random = new Random(1);
    List<Node> nodes = new ArrayList<>();
    for (int i = 0; i < g.nodes().size(); i++) {
      Node n = g.nodes().get(i);
      Tensor weights =
          narrow.nodes().get(i).op() instanceof Constant c && isWeights(c.tensor())
              ? c.tensor()
              : null;
      nodes.add(
          weights == null
              ? n
              : new Node(
                  new Constant(shaken(weights, random)), n.operands(), n.results(), n.origin()));
    }
    return new Graph(g.name(), g.inputs(), nodes, g.outputs(), g.outputNames());
  }

  /** Over f64, those of floats changed. */
  static List<Tensor> tensors(List<Tensor> narrow) {
    Random random = new Random(2);
    return narrow.stream().map(t -> t.dtype().isFloat() ? shaken(t, random) : t).toList();
  }

  private static boolean isWeights(Tensor t) {
    return t.dtype().isFloat()
        && (t.elements() > WEIGHTS
            || Arrays.stream(t.toDoubles()).anyMatch(x -> x != Math.rint(x)));
  }

  private static Tensor shaken(Tensor t, Random random) {
    double unit = Rounding.of(t.dtype()).unit();
    TensorBuilder b = new TensorBuilder(t.type().withDtype(DType.F64));
    double[] x = t.toDoubles();
    for (int i = 0; i < x.length; i++) {
      b.set(i, x[i] * (1 + unit * (2 * random.nextDouble() - 1)));
    }
    return b.build();
  }
}
