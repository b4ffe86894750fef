package dev.nncc.graph.op;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.List;

/**
 * Running sum along an axis, from its end if {@code reverse}; without the element itself if {@code
 * exclusive}.
 */
public record CumSum(int axis, boolean exclusive, boolean reverse) implements ReductionOp {
  @Override
  public String name() {
    return "CumSum";
  }

  @Override
  public Attributes attributes() {
    return new AttributeReader.Writer()
        .put("axis", axis)
        .put("exclusive", exclusive, false)
        .put("reverse", reverse, false)
        .done();
  }

  @Override
  public List<TensorType> infer(List<TensorType> operands) {
    Checks.operands(name(), operands, 1, 1);
    TensorType x = operands.get(0);
    Checks.isNumber(name(), x);
    Checks.axis(name(), axis, x.rank());
    return List.of(x);
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    return List.of(ReduceLoops.cumulative(this, operands.get(0)));
  }
}
