package dev.nncc.graph.op;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.List;

/**
 * {@code (x - mean) / sqrt(variance + epsilon) * scale + bias} of x[N,C,..]; the operands after x
 * are scale, bias, mean and variance, each [C].
 */
public record BatchNorm(double epsilon) implements ReductionOp {
  @Override
  public String name() {
    return "BatchNorm";
  }

  @Override
  public Attributes attributes() {
    return new AttributeReader.Writer().put("epsilon", epsilon).done();
  }

  @Override
  public List<TensorType> infer(List<TensorType> operands) {
    Checks.operands(name(), operands, 5, 5);
    Checks.sameDtype(name(), operands);
    TensorType x = operands.get(0);
    Checks.isFloat(name(), x);
    require(x.rank() >= 2, "BatchNorm of %s", x);
    for (TensorType t : operands.subList(1, 5)) {
      Checks.shape(name(), "parameter", t, x.shape().dims().subList(1, 2));
    }
    return List.of(x);
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    return List.of(
        NormLoops.batch(
            operands.get(0),
            operands.get(1),
            operands.get(2),
            operands.get(3),
            operands.get(4),
            epsilon));
  }
}
