package dev.nncc.graph.op;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.List;

/**
 * A copy of data with {@code result[.., index[i,j,..] at axis, ..]} combined with {@code
 * updates[i,j,..]}. Operands data, indices, updates.
 */
public record ScatterElements(int axis, ScatterKind kind) implements IndexingOp {
  @Override
  public String name() {
    return "ScatterElements";
  }

  @Override
  public Attributes attributes() {
    return new AttributeReader.Writer()
        .put("axis", axis)
        .put("kind", kind, ScatterKind.NONE)
        .done();
  }

  @Override
  public List<TensorType> infer(List<TensorType> operands) {
    Checks.operands(name(), operands, 3, 3);
    TensorType x = operands.get(0);
    TensorType indices = operands.get(1);
    TensorType updates = operands.get(2);
    Checks.isIndex(name(), indices);
    Checks.axis(name(), axis, x.rank());
    Checks.within(name(), indices, x, axis);
    require(updates.equals(x.withShape(indices.shape())), "%s: updates are %s", this, updates);
    if (kind != ScatterKind.NONE) {
      Checks.isNumber(name(), x);
    }
    return List.of(x);
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    return List.of(
        IndexLoops.scatterElements(axis, kind, operands.get(0), operands.get(1), operands.get(2)));
  }
}
