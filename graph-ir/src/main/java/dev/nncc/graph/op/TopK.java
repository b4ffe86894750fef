package dev.nncc.graph.op;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.DType;
import dev.nncc.graph.Dim;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.List;

/**
 * The k greatest or least elements along an axis, best first, and their i64 indices; of equal
 * elements the first comes first.
 */
public record TopK(int axis, long k, boolean largest) implements IndexingOp {
  public TopK {
    require(k >= 0, "TopK: k is %d", k);
  }

  @Override
  public String name() {
    return "TopK";
  }

  @Override
  public Attributes attributes() {
    return new AttributeReader.Writer()
        .put("axis", axis)
        .put("k", k)
        .put("largest", largest)
        .done();
  }

  @Override
  public List<TensorType> infer(List<TensorType> operands) {
    Checks.operands(name(), operands, 1, 1);
    TensorType x = operands.get(0);
    Checks.isNumber(name(), x);
    Checks.axis(name(), axis, x.rank());
    require(k <= x.dim(axis), "%s of %s", this, x);
    TensorType values = x.withShape(x.shape().withDim(axis, Dim.of(k)));
    return List.of(values, values.withDtype(DType.I64));
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    return IndexLoops.top(
        this, operands.get(0), infer(operands.stream().map(Tensor::type).toList()));
  }
}
