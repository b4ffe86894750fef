package dev.nncc.graph.op;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.List;

/**
 * {@code (x - mean) / sqrt(variance + epsilon) * scale + bias} over all axes from {@code axis} on,
 * the variance that of the population. Operands x, scale, bias, the latter two of x's shape from
 * {@code axis} on.
 */
public record LayerNorm(int axis, double epsilon) implements ReductionOp {
  @Override
  public String name() {
    return "LayerNorm";
  }

  @Override
  public Attributes attributes() {
    return new AttributeReader.Writer().put("axis", axis).put("epsilon", epsilon).done();
  }

  @Override
  public List<TensorType> infer(List<TensorType> operands) {
    Checks.operands(name(), operands, 3, 3);
    Checks.sameDtype(name(), operands);
    TensorType x = operands.get(0);
    Checks.isFloat(name(), x);
    Checks.axis(name(), axis, x.rank());
    for (TensorType t : operands.subList(1, 3)) {
      Checks.shape(name(), "parameter", t, x.shape().dims().subList(axis, x.rank()));
    }
    return List.of(x);
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    return List.of(
        NormLoops.layer(operands.get(0), operands.get(1), operands.get(2), axis, epsilon));
  }
}
