package dev.nncc.graph.op;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.Dim;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.ArrayList;
import java.util.List;

/**
 * Slices of the first operand along an axis, chosen by the second: result [data before axis,
 * indices, data after axis].
 */
public record Gather(int axis) implements IndexingOp {
  @Override
  public String name() {
    return "Gather";
  }

  @Override
  public Attributes attributes() {
    return new AttributeReader.Writer().put("axis", axis).done();
  }

  @Override
  public List<TensorType> infer(List<TensorType> operands) {
    Checks.operands(name(), operands, 2, 2);
    TensorType x = operands.get(0);
    TensorType indices = operands.get(1);
    Checks.isIndex(name(), indices);
    Checks.axis(name(), axis, x.rank());
    List<Dim> out = new ArrayList<>(x.shape().dims());
    out.remove(axis);
    out.addAll(axis, indices.shape().dims());
    return List.of(x.withShape(new Shape(out)));
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    return List.of(
        IndexLoops.gather(
            axis,
            operands.get(0),
            operands.get(1),
            infer(operands.stream().map(Tensor::type).toList()).get(0)));
  }
}
