package dev.nncc.graph.op;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.Dim;
import dev.nncc.graph.Shape;
import dev.nncc.graph.TensorType;
import java.util.ArrayList;
import java.util.List;

/** What the recurrent operators have in common. */
final class Recurrent {
  private Recurrent() {}

  /**
   * Checks operands x, w, r, b and the initial states.
   *
   * @param gates how many blocks of H rows w and r have
   * @param biases how many blocks of H elements b has
   */
  static List<TensorType> infer(
      String op,
      List<TensorType> operands,
      int hidden,
      Direction direction,
      int gates,
      int biases) {
    Checks.sameDtype(op, operands);
    TensorType x = operands.get(0);
    Checks.isFloat(op, x);
    require(x.rank() == 3, "%s of %s", op, x);
    Dim time = x.shape().dims().get(0);
    Dim batch = x.shape().dims().get(1);
    Dim d = Dim.of(direction == Direction.BIDIRECTIONAL ? 2 : 1);
    Dim h = Dim.of(hidden);
    Dim rows = Dim.of((long) gates * hidden);
    Checks.shape(op, "w", operands.get(1), List.of(d, rows, x.shape().dims().get(2)));
    Checks.shape(op, "r", operands.get(2), List.of(d, rows, h));
    Checks.shape(op, "b", operands.get(3), List.of(d, Dim.of((long) biases * hidden)));
    TensorType state = x.withShape(new Shape(List.of(d, batch, h)));
    List<TensorType> results = new ArrayList<>();
    results.add(x.withShape(new Shape(List.of(time, d, batch, h))));
    for (TensorType s : operands.subList(4, operands.size())) {
      Checks.shape(op, "state", s, state.shape().dims());
      results.add(state);
    }
    return results;
  }
}
