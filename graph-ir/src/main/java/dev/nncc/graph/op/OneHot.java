package dev.nncc.graph.op;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.Dim;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.ArrayList;
import java.util.List;

/**
 * A new axis of extent {@code depth} that holds {@code values[1]} at the index and {@code
 * values[0]} elsewhere; everywhere {@code values[0]} where the index is out of range. Operands
 * indices, values[2].
 *
 * @param axis of the result, 0 .. rank of the indices
 */
public record OneHot(int axis, long depth) implements IndexingOp {
  public OneHot {
    require(depth >= 0, "OneHot: depth is %d", depth);
  }

  @Override
  public String name() {
    return "OneHot";
  }

  @Override
  public Attributes attributes() {
    return new AttributeReader.Writer().put("axis", axis).put("depth", depth).done();
  }

  @Override
  public List<TensorType> infer(List<TensorType> operands) {
    Checks.operands(name(), operands, 2, 2);
    TensorType indices = operands.get(0);
    TensorType values = operands.get(1);
    require(indices.dtype().isInteger(), "OneHot: indices are %s", indices);
    Checks.shape(name(), "values", values, List.of(Dim.of(2)));
    Checks.axis(name(), axis, indices.rank() + 1);
    List<Dim> out = new ArrayList<>(indices.shape().dims());
    out.add(axis, Dim.of(depth));
    return List.of(values.withShape(new Shape(out)));
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    return List.of(
        IndexLoops.oneHot(
            axis,
            depth,
            operands.get(0),
            operands.get(1),
            infer(operands.stream().map(Tensor::type).toList()).get(0)));
  }
}
