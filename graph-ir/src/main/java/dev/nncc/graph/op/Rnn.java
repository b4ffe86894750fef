package dev.nncc.graph.op;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Simple recurrent layer: x[T,B,I], w[D,H,I], r[D,H,H], b[D,2H], h0[D,B,H] to y[T,D,B,H], h[D,B,H];
 * D is 2 if bidirectional, else 1.
 *
 * @param hidden H
 */
public record Rnn(int hidden, Direction direction, RnnActivation activation)
    implements RecurrentOp {
  public Rnn {
    require(hidden >= 1, "Rnn: hidden is %d", hidden);
  }

  @Override
  public String name() {
    return "Rnn";
  }

  @Override
  public Attributes attributes() {
    return new AttributeReader.Writer()
        .put("hidden", hidden)
        .put("direction", direction, Direction.FORWARD)
        .put("activation", activation, RnnActivation.TANH)
        .done();
  }

  @Override
  public List<TensorType> infer(List<TensorType> operands) {
    Checks.operands(name(), operands, 5, 5);
    return Recurrent.infer(name(), operands, hidden, direction, 1, 2);
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    return RecurrentLoops.run(operands, hidden, direction, 1, this::step);
  }

  private void step(
      double[] fromX,
      double[] fromH,
      double[] bias,
      double[][] states,
      UnaryOperator<double[]> products) {
    for (int u = 0; u < hidden; u++) {
      double z = fromX[u] + fromH[u] + bias[u] + bias[hidden + u];
      states[0][u] = activation == RnnActivation.TANH ? Math.tanh(z) : Math.max(0, z);
    }
  }
}
