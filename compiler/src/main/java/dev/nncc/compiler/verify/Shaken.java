package dev.nncc.compiler.verify;

import dev.nncc.graph.Constant;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.bound.Widen;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A model with its numbers off by about what f32 rounds. Where it rounds to whole steps, as
 * quantised models do, that alone moves its outputs by far more.
 */
final class Shaken {
  private static final double UNIT = 0x1p-23;

  /** Smaller constants are sizes and exponents, whose last bit means something. */
  private static final long WEIGHTS = 64;

  private Shaken() {}

  /** Over f64, with the weights changed. */
  static Graph graph(Graph narrow) {
    Graph g = Widen.graph(narrow);
    Random random = new Random(1);
    List<Node> nodes = new ArrayList<>();
    for (Node n : g.nodes()) {
      boolean weights =
          n.op() instanceof Constant c
              && c.tensor().dtype().isFloat()
              && c.tensor().elements() > WEIGHTS;
      nodes.add(
          weights
              ? new Node(
                  new Constant(tensor(((Constant) n.op()).tensor(), random)),
                  n.operands(),
                  n.results(),
                  n.origin())
              : n);
    }
    return new Graph(g.name(), g.inputs(), nodes, g.outputs(), g.outputNames());
  }

  static List<Tensor> tensors(List<Tensor> wide) {
    Random random = new Random(2);
    return wide.stream().map(t -> t.dtype().isFloat() ? tensor(t, random) : t).toList();
  }

  private static Tensor tensor(Tensor t, Random random) {
    TensorBuilder b = new TensorBuilder(t.type());
    double[] x = t.toDoubles();
    for (int i = 0; i < x.length; i++) {
      b.set(i, x[i] * (1 + UNIT * (random.nextDouble() - 0.5)));
    }
    return b.build();
  }
}
