package dev.nncc.graph.op;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.List;

/**
 * One element of data for each index: {@code result[i,j,..] = data[.., index[i,j,..] at axis, ..]}.
 */
public record GatherElements(int axis) implements IndexingOp {
  @Override
  public String name() {
    return "GatherElements";
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
    Checks.within(name(), indices, x, axis);
    return List.of(x.withShape(indices.shape()));
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    return List.of(
        IndexLoops.gatherElements(
            axis,
            operands.get(0),
            operands.get(1),
            infer(operands.stream().map(Tensor::type).toList()).get(0)));
  }
}
