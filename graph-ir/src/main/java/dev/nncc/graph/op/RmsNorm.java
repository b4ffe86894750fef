package dev.nncc.graph.op;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.List;

/**
 * {@code x / sqrt(max(mean(x^2), floor) + epsilon) * scale} over all axes from {@code axis} on.
 * Operands x and scale, the latter of x's shape from {@code axis} on. With a scale of {@code 1 /
 * sqrt(n)} of n elements it divides by the Euclidean length.
 *
 * @param floor the least mean of squares that is divided by
 */
public record RmsNorm(int axis, double epsilon, double floor) implements ReductionOp {
  @Override
  public String name() {
    return "RmsNorm";
  }

  @Override
  public Attributes attributes() {
    return new AttributeReader.Writer()
        .put("axis", axis)
        .put("epsilon", epsilon)
        .put("floor", floor, 0.0)
        .done();
  }

  @Override
  public List<TensorType> infer(List<TensorType> operands) {
    Checks.operands(name(), operands, 2, 2);
    Checks.sameDtype(name(), operands);
    TensorType x = operands.get(0);
    Checks.isFloat(name(), x);
    Checks.axis(name(), axis, x.rank());
    Checks.shape(name(), "scale", operands.get(1), x.shape().dims().subList(axis, x.rank()));
    return List.of(x);
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    return List.of(NormLoops.rootMeanSquare(operands.get(0), operands.get(1), this));
  }
}
