package dev.nncc.passes.recurrent;

import dev.nncc.graph.DType;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Op;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.op.Direction;
import dev.nncc.graph.op.Gru;
import dev.nncc.graph.op.Lstm;
import java.util.List;
import java.util.function.Function;

/** The weights that all steps of a layer have in common. */
record Layer(boolean lstm, long hidden, List<Gate> gates) {
  /**
   * @param ofState one, or none where the state is zero
   */
  record Gate(
      List<Preactivation.Part> ofInputs,
      List<Preactivation.Part> ofState,
      List<Preactivation.Part> biases) {}

  /** Whether all gates read the state. */
  boolean hasState() {
    return gates.stream().allMatch(g -> !g.ofState().isEmpty());
  }

  /** As the first step is left when its state was zero and has been computed away. */
  Layer withoutState() {
    List<Gate> less =
        gates.stream().map(g -> new Gate(g.ofInputs(), List.of(), g.biases())).toList();
    return new Layer(lstm, hidden, less);
  }

  Op operator() {
    int h = Math.toIntExact(hidden);
    return lstm ? new Lstm(h, Direction.FORWARD) : new Gru(h, Direction.FORWARD, false);
  }

  /** [1,gates*H,I]. */
  Tensor inputWeights(Graph g, DType dtype) {
    return weights(g, dtype, Gate::ofInputs);
  }

  /** [1,gates*H,H]. */
  Tensor stateWeights(Graph g, DType dtype) {
    return weights(g, dtype, Gate::ofState);
  }

  private Tensor weights(Graph g, DType dtype, Function<Gate, List<Preactivation.Part>> parts) {
    long rows = parts.apply(gates.get(0)).stream().mapToLong(Preactivation.Part::rows).sum();
    TensorBuilder b =
        new TensorBuilder(new TensorType(dtype, Shape.of(1, gates.size() * hidden, rows)));
    for (int k = 0; k < gates.size(); k++) {
      long at = 0;
      for (Preactivation.Part p : parts.apply(gates.get(k))) {
        Tensor.Elements e = g.constant(p.constant()).orElseThrow().reader();
        long width = p.constant().type().dim(1);
        for (long u = 0; u < hidden; u++) {
          for (long i = 0; i < p.rows(); i++) {
            double v = e.number((p.row() + i) * width + p.column() + u);
            b.set((k * hidden + u) * rows + at + i, v);
          }
        }
        at += p.rows();
      }
    }
    return b.build();
  }

  /** [1,2*gates*H]; those of the states are zero. */
  Tensor bias(Graph g, DType dtype) {
    TensorBuilder b =
        new TensorBuilder(new TensorType(dtype, Shape.of(1, 2L * gates.size() * hidden)));
    for (int k = 0; k < gates.size(); k++) {
      for (long u = 0; u < hidden; u++) {
        double sum = 0;
        for (Preactivation.Part p : gates.get(k).biases()) {
          Tensor t = g.constant(p.constant()).orElseThrow();
          sum += t.reader().number(t.elements() == 1 ? 0 : p.column() + u);
        }
        b.set(k * hidden + u, sum);
      }
    }
    return b.build();
  }
}
