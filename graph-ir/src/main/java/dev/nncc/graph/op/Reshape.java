package dev.nncc.graph.op;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.Dim;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.List;

/** The same elements in row-major order under another shape. */
public record Reshape(Shape shape) implements MovementOp {
  public Reshape {
    Checks.extents("Reshape", shape);
  }

  @Override
  public String name() {
    return "Reshape";
  }

  @Override
  public Attributes attributes() {
    return new AttributeReader.Writer().put("shape", shape).done();
  }

  @Override
  public List<TensorType> infer(List<TensorType> operands) {
    Checks.operands(name(), operands, 1, 1);
    TensorType x = operands.get(0);
    require(count(x.shape()).equals(count(shape)), "Reshape of %s to %s", x, shape);
    return List.of(x.withShape(shape));
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    return List.of(operands.get(0).reshaped(shape));
  }

  private static Dim count(Shape s) {
    return s.dims().stream().reduce(Dim.of(1), Dim::times);
  }
}
