package dev.nncc.graph.op;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.List;

/** {@code exp(x - m) / sum(exp(x - m))} along an axis, m its maximum. */
public record Softmax(int axis) implements ReductionOp {
  @Override
  public String name() {
    return "Softmax";
  }

  @Override
  public Attributes attributes() {
    return new AttributeReader.Writer().put("axis", axis).done();
  }

  @Override
  public List<TensorType> infer(List<TensorType> operands) {
    Checks.operands(name(), operands, 1, 1);
    TensorType x = operands.get(0);
    Checks.isFloat(name(), x);
    Checks.axis(name(), axis, x.rank());
    return List.of(x);
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    return List.of(NormLoops.softmax(operands.get(0), axis, false));
  }
}
