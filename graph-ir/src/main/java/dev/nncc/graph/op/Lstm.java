package dev.nncc.graph.op;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Long short-term memory with the default activations: x[T,B,I], w[D,4H,I], r[D,4H,H], b[D,8H],
 * h0[D,B,H], c0[D,B,H] to y[T,D,B,H], h[D,B,H], c[D,B,H]; D is 2 if bidirectional, else 1. Gates in
 * ONNX's order: input, output, forget, cell; b holds the biases of w, then those of r.
 *
 * @param hidden H
 */
public record Lstm(int hidden, Direction direction) implements RecurrentOp {
  public Lstm {
    require(hidden >= 1, "Lstm: hidden is %d", hidden);
  }

  @Override
  public String name() {
    return "Lstm";
  }

  @Override
  public Attributes attributes() {
    return new AttributeReader.Writer()
        .put("hidden", hidden)
        .put("direction", direction, Direction.FORWARD)
        .done();
  }

  @Override
  public List<TensorType> infer(List<TensorType> operands) {
    Checks.operands(name(), operands, 6, 6);
    return Recurrent.infer(name(), operands, hidden, direction, 4, 8);
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    return RecurrentLoops.run(operands, hidden, direction, 4, this::step);
  }

  private void step(
      double[] fromX,
      double[] fromH,
      double[] bias,
      double[][] states,
      UnaryOperator<double[]> products) {
    double[] h = states[0];
    double[] c = states[1];
    double[] z = new double[4 * hidden];
    for (int i = 0; i < z.length; i++) {
      z[i] = fromX[i] + fromH[i] + bias[i] + bias[z.length + i];
    }
    for (int u = 0; u < hidden; u++) {
      double in = RecurrentLoops.sigmoid(z[u]);
      double out = RecurrentLoops.sigmoid(z[hidden + u]);
      double forget = RecurrentLoops.sigmoid(z[2 * hidden + u]);
      c[u] = forget * c[u] + in * Math.tanh(z[3 * hidden + u]);
      h[u] = out * Math.tanh(c[u]);
    }
  }
}
