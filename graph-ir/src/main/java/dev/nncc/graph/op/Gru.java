package dev.nncc.graph.op;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.List;

/**
 * Gated recurrent unit with the default activations: x[T,B,I], w[D,3H,I], r[D,3H,H], b[D,6H],
 * h0[D,B,H] to y[T,D,B,H], h[D,B,H]; D is 2 if bidirectional, else 1. Gates in ONNX's order:
 * update, reset, hidden.
 *
 * @param hidden H
 * @param linearBeforeReset whether the reset gate multiplies the product with r and its bias,
 *     instead of the state before
 */
public record Gru(int hidden, Direction direction, boolean linearBeforeReset) implements RegionOp {
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
    throw new IllegalStateException("not written yet");
  }
}
