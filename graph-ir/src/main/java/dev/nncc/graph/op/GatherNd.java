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
 * Slices of data at index tuples: indices [.., k], result [indices without its last axis, data from
 * axis batchDims + k on]. The first {@code batchDims} axes are shared.
 */
public record GatherNd(int batchDims) implements IndexingOp {
  public GatherNd {
    require(batchDims >= 0, "GatherNd: batchDims is %d", batchDims);
  }

  @Override
  public String name() {
    return "GatherNd";
  }

  @Override
  public Attributes attributes() {
    return new AttributeReader.Writer().put("batchDims", batchDims, 0).done();
  }

  @Override
  public List<TensorType> infer(List<TensorType> operands) {
    Checks.operands(name(), operands, 2, 2);
    TensorType x = operands.get(0);
    TensorType indices = operands.get(1);
    Checks.isIndex(name(), indices);
    int q = indices.rank();
    require(q > batchDims && x.rank() >= batchDims, "%s of %s and %s", this, x, indices);
    long k = indices.dim(q - 1);
    require(
        batchDims + k <= x.rank()
            && x.shape()
                .dims()
                .subList(0, batchDims)
                .equals(indices.shape().dims().subList(0, batchDims)),
        "%s of %s and %s",
        this,
        x,
        indices);
    List<Dim> out = new ArrayList<>(indices.shape().dims().subList(0, q - 1));
    out.addAll(x.shape().dims().subList(batchDims + (int) k, x.rank()));
    return List.of(x.withShape(new Shape(out)));
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    return List.of(
        IndexLoops.gatherNd(
            batchDims,
            operands.get(0),
            operands.get(1),
            infer(operands.stream().map(Tensor::type).toList()).get(0)));
  }
}
