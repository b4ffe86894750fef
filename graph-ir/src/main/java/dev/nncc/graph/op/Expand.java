package dev.nncc.graph.op;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.Dim;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Broadcasts one operand to a shape as numpy does. */
public record Expand(Shape shape) implements MovementOp {
  public Expand {
    Checks.extents("Expand", shape);
  }

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
    Tensor x = operands.get(0);
    int added = shape.rank() - x.shape().rank();
    List<Dim> dims = new ArrayList<>(Collections.nCopies(added, Dim.of(1)));
    dims.addAll(x.shape().dims());
    int[][] maps = new int[shape.rank()][];
    for (int i = 0; i < maps.length; i++) {
      boolean repeats = dims.get(i).equals(Dim.of(1));
      maps[i] = Moves.range(0, repeats ? 0 : 1, shape.dim(i));
    }
    return List.of(Moves.byMaps(x.reshaped(new Shape(dims)), maps));
  }
}
