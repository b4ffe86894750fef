package dev.nncc.graph.op;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.List;

/**
 * Reorders axes.
 *
 * @param perm axis i of the result is axis {@code perm[i]} of the operand
 */
public record Transpose(List<Integer> perm) implements MovementOp {
  public Transpose {
    perm = List.copyOf(perm);
    for (int i = 0; i < perm.size(); i++) {
      require(perm.contains(i), "Transpose: %s is no permutation", perm);
    }
  }

  @Override
  public String name() {
    return "Transpose";
  }

  @Override
  public Attributes attributes() {
    return new AttributeReader.Writer().axes("perm", perm).done();
  }

  @Override
  public List<TensorType> infer(List<TensorType> operands) {
    Checks.operands(name(), operands, 1, 1);
    TensorType x = operands.get(0);
    require(x.rank() == perm.size(), "Transpose of %s by %s", x, perm);
    return List.of(x.withShape(new Shape(perm.stream().map(x.shape().dims()::get).toList())));
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    return List.of(
        Moves.transpose(
            operands.get(0), perm, infer(operands.stream().map(Tensor::type).toList()).get(0)));
  }
}
