package dev.nncc.graph.op;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.Dim;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.List;

/** Joins one or more operands along an axis; they agree in type and every other extent. */
public record Concat(int axis) implements MovementOp {
  @Override
  public String name() {
    return "Concat";
  }

  @Override
  public Attributes attributes() {
    return new AttributeReader.Writer().put("axis", axis).done();
  }

  @Override
  public List<TensorType> infer(List<TensorType> operands) {
    Checks.operands(name(), operands, 1, Integer.MAX_VALUE);
    Checks.sameDtype(name(), operands);
    TensorType first = operands.get(0);
    Checks.axis(name(), axis, first.rank());
    Dim sum = Dim.of(0);
    for (TensorType t : operands) {
      Dim d = t.rank() == first.rank() ? t.shape().dims().get(axis) : Dim.of(0);
      require(
          t.shape().equals(first.shape().withDim(axis, d)),
          "Concat along axis %d of %s and %s",
          axis,
          first,
          t);
      sum = sum.plus(d);
    }
    return List.of(first.withShape(first.shape().withDim(axis, sum)));
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    return List.of(
        Moves.concat(operands, axis, infer(operands.stream().map(Tensor::type).toList()).get(0)));
  }
}
