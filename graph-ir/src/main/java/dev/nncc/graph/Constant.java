package dev.nncc.graph;

import java.util.List;

/**
 * A tensor known at compile time. Prints as its own kind of line in the text form, not with
 * attributes.
 */
public record Constant(Tensor tensor) implements Op {
  @Override
  public String name() {
    return "Constant";
  }

  @Override
  public Attributes attributes() {
    return Attributes.NONE;
  }

  @Override
  public List<TensorType> infer(List<TensorType> operands) {
    return List.of(tensor.type());
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    return List.of(tensor);
  }
}
