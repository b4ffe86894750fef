package dev.nncc.graph.op;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.Dim;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.ArrayList;
import java.util.List;

/**
 * A copy of data with slices at index tuples combined with updates: indices [.., k], updates
 * [indices without its last axis, data from axis k on].
 */
public record ScatterNd(ScatterKind kind) implements IndexingOp {
  @Override
  public String name() {
    return "ScatterNd";
  }

  @Override
  public Attributes attributes() {
    return new AttributeReader.Writer().put("kind", kind, ScatterKind.NONE).done();
  }

  @Override
  public List<TensorType> infer(List<TensorType> operands) {
    Checks.operands(name(), operands, 3, 3);
    TensorType x = operands.get(0);
    TensorType indices = operands.get(1);
    Checks.isIndex(name(), indices);
    require(indices.rank() >= 1, "%s: indices are a scalar", this);
    int q = indices.rank();
    long k = indices.dim(q - 1);
    require(k <= x.rank(), "%s of %s: indices are %s", this, x, indices);
    List<Dim> expected = new ArrayList<>(indices.shape().dims().subList(0, q - 1));
    expected.addAll(x.shape().dims().subList((int) k, x.rank()));
    Checks.sameDtype(name(), List.of(x, operands.get(2)));
    Checks.shape(name(), "updates", operands.get(2), expected);
    if (kind != ScatterKind.NONE) {
      Checks.isNumber(name(), x);
    }
    return List.of(x);
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    return List.of(IndexLoops.scatterNd(kind, operands.get(0), operands.get(1), operands.get(2)));
  }
}
