package dev.nncc.graph.op;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.List;

/**
 * {@code (x - mean) / sqrt(variance + epsilon) * scale + bias} of x[N,C,spatial..] over the spatial
 * axes; scale and bias are [C].
 */
public record InstanceNorm(double epsilon) implements ReductionOp {
  @Override
  public String name() {
    return "InstanceNorm";
  }

  @Override
  public Attributes attributes() {
    return new AttributeReader.Writer().put("epsilon", epsilon).done();
  }

  @Override
  public List<TensorType> infer(List<TensorType> operands) {
    Checks.operands(name(), operands, 3, 3);
    Checks.sameDtype(name(), operands);
    TensorType x = operands.get(0);
    Checks.isFloat(name(), x);
    require(x.rank() >= 3, "InstanceNorm of %s", x);
    for (TensorType t : operands.subList(1, 3)) {
      Checks.shape(name(), "parameter", t, x.shape().dims().subList(1, 2));
    }
    return List.of(x);
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    return List.of(NormLoops.instance(operands.get(0), operands.get(1), operands.get(2), epsilon));
  }
}
