package dev.nncc.graph.op;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.List;

/** Broadcasts one operand to a shape as numpy does. */
public record Expand(Shape shape) implements MovementOp {
  @Override
  public String name() {
    return "Expand";
  }

  @Override
  public Attributes attributes() {
    return new AttributeReader.Writer().put("shape", shape).done();
  }

  @Override
  public List<TensorType> infer(List<TensorType> operands) {
    Checks.operands(name(), operands, 1, 1);
    TensorType x = operands.get(0);
    require(
        Checks.broadcast(name(), List.of(x.shape(), shape)).equals(shape),
        "Expand of %s to %s",
        x,
        shape);
    return List.of(x.withShape(shape));
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    throw new IllegalStateException("not written yet");
  }
}
