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
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * The weights that all steps of a layer have in common.
 *
 * @param resetAfter whether the last gate of a GRU is reset behind its product with the state
 */
record Layer(boolean lstm, boolean resetAfter, long hidden, List<Gate> gates) {
  /**
   * @param ofState one, or none where the state is zero
   * @param stateBiases of the product with the state, where it is reset with that
   */
  record Gate(
      List<Preactivation.Part> ofInputs,
      List<Preactivation.Part> ofState,
      List<Preactivation.Part> biases,
      List<Preactivation.Part> stateBiases) {}

  /** Whether all gates read the state. */
  boolean hasState() {
    return gates.stream().allMatch(g -> !g.ofState().isEmpty());
  }

  boolean hasNoState() {
    return gates.stream().allMatch(g -> g.ofState().isEmpty());
  }

  /**
   * Whether the first step may be this one: its state was zero and has been computed away, so that
   * constants may be others of the same value.
   */
  boolean isWithoutState(Graph g, Layer first, DType dtype) {
    return lstm == first.lstm
        && resetAfter == first.resetAfter
        && hidden == first.hidden
        && isEqual(inputWeights(g, dtype), first.inputWeights(g, dtype))
        && isEqual(bias(g, dtype), first.bias(g, dtype));
  }

  private static boolean isEqual(Tensor a, Tensor b) {
    return a.type().equals(b.type()) && Arrays.equals(a.toDoubles(), b.toDoubles());
  }

  Op operator() {
    int h = Math.toIntExact(hidden);
    return lstm ? new Lstm(h, Direction.FORWARD) : new Gru(h, Direction.FORWARD, resetAfter);
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

  /** [1,2*gates*H]; those of the states are zero but for the last gate's, if it is reset. */
  Tensor bias(Graph g, DType dtype) {
    TensorBuilder b =
        new TensorBuilder(new TensorType(dtype, Shape.of(1, 2L * gates.size() * hidden)));
    for (int k = 0; k < gates.size(); k++) {
      add(g, gates.get(k).biases(), b, k * hidden);
      add(g, gates.get(k).stateBiases(), b, (gates.size() + k) * hidden);
    }
    return b.build();
  }

  private void add(Graph g, List<Preactivation.Part> biases, TensorBuilder b, long at) {
    for (long u = 0; u < hidden; u++) {
      double sum = 0;
      for (Preactivation.Part p : biases) {
        boolean one = Rows.last(p.constant()) == 1;
        sum += g.constant(p.constant()).orElseThrow().reader().number(one ? 0 : p.column() + u);
      }
      b.set(at + u, sum);
    }
  }
}
