package dev.nncc.graph.op;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.DType;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.ArrayList;
import java.util.List;

/**
 * Which elements of a ranked list stay: an element stays if it is a candidate and overlaps no
 * element in front of it that stays. Operands candidates bool[..,n] and overlaps bool[..,n,n], of
 * which only {@code overlaps[i,j]} with {@code j < i} is looked at; result bool[..,n].
 *
 * <p>This is the part of non-maximum suppression that no other operator can say: what overlaps
 * means (of boxes, with whatever threshold) is elementwise arithmetic in front of it.
 */
public record Suppress() implements IndexingOp {
  @Override
  public String name() {
    return "Suppress";
  }

  @Override
  public Attributes attributes() {
    return new AttributeReader.Writer().done();
  }

  @Override
  public List<TensorType> infer(List<TensorType> operands) {
    Checks.operands(name(), operands, 2, 2);
    TensorType candidates = operands.get(0);
    TensorType overlaps = operands.get(1);
    require(
        candidates.dtype() == DType.BOOL && overlaps.dtype() == DType.BOOL && candidates.rank() > 0,
        "Suppress of %s by %s",
        candidates,
        overlaps);
    var expected = new ArrayList<>(candidates.shape().dims());
    expected.add(expected.get(expected.size() - 1));
    Checks.shape(name(), "overlaps", overlaps, expected);
    return List.of(candidates);
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    return List.of(IndexLoops.suppress(operands.get(0), operands.get(1)));
  }
}
