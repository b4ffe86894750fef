package dev.nncc.graph.op;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.DType;
import dev.nncc.graph.Dim;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.ArrayList;
import java.util.List;

/**
 * Index (i64) of the greatest or least element along an axis; of equal ones the first, or the last.
 */
public record ArgReduce(boolean max, int axis, boolean keepDims, boolean last)
    implements ReductionOp {
  @Override
  public String name() {
    return "ArgReduce";
  }

  @Override
  public Attributes attributes() {
    return new AttributeReader.Writer()
        .put("max", max)
        .put("axis", axis)
        .put("keepDims", keepDims, false)
        .put("last", last, false)
        .done();
  }

  @Override
  public List<TensorType> infer(List<TensorType> operands) {
    Checks.operands(name(), operands, 1, 1);
    TensorType x = operands.get(0);
    Checks.isNumber(name(), x);
    Checks.axis(name(), axis, x.rank());
    List<Dim> out = new ArrayList<>(x.shape().dims());
    require(!out.get(axis).equals(Dim.of(0)), "%s along an empty axis of %s", name(), x);
    if (keepDims) {
      out.set(axis, Dim.of(1));
    } else {
      out.remove(axis);
    }
    return List.of(new TensorType(DType.I64, new Shape(out)));
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    return List.of(
        ReduceLoops.arg(
            this, operands.get(0), infer(operands.stream().map(Tensor::type).toList()).get(0)));
  }
}
