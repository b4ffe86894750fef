package dev.nncc.graph.op;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.List;

/**
 * Normalisation across channels of x[N,C,..]: {@code x / (bias + alpha / size * s)^beta}, s the sum
 * of squares of the channels from {@code c - (size-1)/2} to {@code c + size/2} that exist.
 */
public record Lrn(int size, double alpha, double beta, double bias) implements ReductionOp {
  public Lrn {
    require(size >= 1, "Lrn: size is %d", size);
  }

  @Override
  public String name() {
    return "Lrn";
  }

  @Override
  public Attributes attributes() {
    return new AttributeReader.Writer()
        .put("size", size)
        .put("alpha", alpha)
        .put("beta", beta)
        .put("bias", bias)
        .done();
  }

  @Override
  public List<TensorType> infer(List<TensorType> operands) {
    Checks.operands(name(), operands, 1, 1);
    TensorType x = operands.get(0);
    Checks.isFloat(name(), x);
    require(x.rank() >= 2, "Lrn of %s", x);
    return List.of(x);
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    return List.of(NormLoops.acrossChannels(this, operands.get(0)));
  }
}
