package dev.nncc.graph.op;

import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Recurrences over time: one direction and one row of the batch at a time, states in doubles. */
final class RecurrentLoops {
  /** What one step does to the states of one row. */
  interface Cell {
    /**
     * @param fromX products of x with the rows of w, by gate and unit
     * @param fromH products of the state h with the rows of r
     * @param bias of this direction: those of w, then those of r
     * @param states h and what else the cell has, changed in place
     * @param products those of another state with the rows of r
     */
    void step(
        double[] fromX,
        double[] fromH,
        double[] bias,
        double[][] states,
        UnaryOperator<double[]> products);
  }

  private final int time;
  private final int batch;
  private final int input;
  private final int hidden;
  private final int gates;
  private final List<double[]> data;

  private RecurrentLoops(List<Tensor> operands, int hidden, int gates) {
    this.time = Math.toIntExact(operands.get(0).shape().dim(0));
    this.batch = Math.toIntExact(operands.get(0).shape().dim(1));
    this.input = Math.toIntExact(operands.get(0).shape().dim(2));
    this.hidden = hidden;
    this.gates = gates;
    this.data = operands.stream().map(Tensor::toDoubles).toList();
  }

  /** Operands x, w, r, b and initial states, as {@link Recurrent#infer} admits them. */
  static List<Tensor> run(
      List<Tensor> operands, int hidden, Direction direction, int gates, Cell cell) {
    List<Tensor> initial = operands.subList(4, operands.size());
    int directions = direction == Direction.BIDIRECTIONAL ? 2 : 1;
    RecurrentLoops loops = new RecurrentLoops(operands, hidden, gates);
    double[] y = new double[loops.time * directions * loops.batch * hidden];
    List<double[]> last = new ArrayList<>(loops.data.subList(4, operands.size()));
    for (int d = 0; d < directions; d++) {
      boolean reverse = direction == Direction.REVERSE || d == 1;
      for (int row = 0; row < loops.batch; row++) {
        loops.row(cell, d, directions, row, reverse, last, y);
      }
    }
    TensorType state = initial.get(0).type();
    List<Tensor> results = new ArrayList<>();
    results.add(
        Tensor.of(TensorType.of(state.dtype(), loops.time, directions, loops.batch, hidden), y));
    last.forEach(s -> results.add(Tensor.of(state, s)));
    return results;
  }

  private void row(
      Cell cell, int d, int directions, int row, boolean reverse, List<double[]> last, double[] y) {
    int rows = gates * hidden;
    int biases = data.get(3).length / directions;
    double[] bias = java.util.Arrays.copyOfRange(data.get(3), d * biases, (d + 1) * biases);
    double[][] states = new double[last.size()][hidden];
    int place = (d * batch + row) * hidden;
    for (int s = 0; s < states.length; s++) {
      System.arraycopy(last.get(s), place, states[s], 0, hidden);
    }
    for (int step = 0; step < time; step++) {
      int t = reverse ? time - 1 - step : step;
      double[] fromX =
          products(data.get(1), d * rows, rows, data.get(0), (t * batch + row) * input, input);
      double[] fromH = products(data.get(2), d * rows, rows, states[0], 0, hidden);
      cell.step(
          fromX, fromH, bias, states, h -> products(data.get(2), d * rows, rows, h, 0, hidden));
      System.arraycopy(states[0], 0, y, ((t * directions + d) * batch + row) * hidden, hidden);
    }
    for (int s = 0; s < states.length; s++) {
      System.arraycopy(states[s], 0, last.get(s), place, hidden);
    }
  }

  private static double[] products(
      double[] matrix, int firstRow, int rows, double[] vector, int from, int n) {
    double[] out = new double[rows];
    for (int i = 0; i < rows; i++) {
      double sum = 0;
      for (int k = 0; k < n; k++) {
        sum += matrix[(firstRow + i) * n + k] * vector[from + k];
      }
      out[i] = sum;
    }
    return out;
  }

  static double sigmoid(double v) {
    return Scalars.apply(ScalarExpr.UnaryFn.SIGMOID, v);
  }
}
