package dev.nncc.graph.op;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Gated recurrent unit with the default activations: x[T,B,I], w[D,3H,I], r[D,3H,H], b[D,6H],
 * h0[D,B,H] to y[T,D,B,H], h[D,B,H]; D is 2 if bidirectional, else 1. Gates in ONNX's order:
 * update, reset, hidden.
 *
 * @param hidden H
 * @param linearBeforeReset whether the reset gate multiplies the product with r and its bias,
 *     instead of the state before
 */
public record Gru(int hidden, Direction direction, boolean linearBeforeReset)
    implements RecurrentOp {
  public Gru {
    require(hidden >= 1, "Gru: hidden is %d", hidden);
  }

  @Override
  public String name() {
    return "Gru";
  }

  @Override
  public Attributes attributes() {
    return new AttributeReader.Writer()
        .put("hidden", hidden)
        .put("direction", direction, Direction.FORWARD)
        .put("linearBeforeReset", linearBeforeReset, false)
        .done();
  }

  @Override
  public List<TensorType> infer(List<TensorType> operands) {
    Checks.operands(name(), operands, 5, 5);
    return Recurrent.infer(name(), operands, hidden, direction, 3, 6);
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    return RecurrentLoops.run(operands, hidden, direction, 3, this::step);
  }

  private void step(
      double[] fromX,
      double[] fromH,
      double[] bias,
      double[][] states,
      UnaryOperator<double[]> products) {
    double[] h = states[0];
    double[] update = new double[hidden];
    double[] reset = new double[hidden];
    for (int u = 0; u < hidden; u++) {
      int v = hidden + u;
      update[u] = RecurrentLoops.sigmoid(fromX[u] + fromH[u] + bias[u] + bias[3 * hidden + u]);
      reset[u] = RecurrentLoops.sigmoid(fromX[v] + fromH[v] + bias[v] + bias[3 * hidden + v]);
    }
    double[] candidate = fromH;
    if (!linearBeforeReset) {
      double[] masked = new double[hidden];
      Arrays.setAll(masked, u -> reset[u] * h[u]);
      candidate = products.apply(masked);
    }
    for (int u = 0; u < hidden; u++) {
      int v = 2 * hidden + u;
      double recurrent = candidate[v] + bias[3 * hidden + v];
      double z = fromX[v] + bias[v] + (linearBeforeReset ? reset[u] * recurrent : recurrent);
      h[u] = (1 - update[u]) * Math.tanh(z) + update[u] * h[u];
    }
  }
}
