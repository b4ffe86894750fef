package dev.nncc.graph.op;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.Evaluator;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import java.util.List;

/**
 * A part of a graph that becomes one kernel region. Operands are the body's inputs, results its
 * outputs. Prints as an indented block, so {@code Ops.parse} does not make it.
 */
public record Fused(Graph body) implements RegionOp {
  @Override
  public String name() {
    return "Fused";
  }

  @Override
  public Attributes attributes() {
    return Attributes.NONE;
  }

  @Override
  public List<TensorType> infer(List<TensorType> operands) {
    require(
        operands.equals(body.inputs().stream().map(Value::type).toList()),
        "Fused %s of %s",
        body.name(),
        operands);
    return body.outputs().stream().map(Value::type).toList();
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    return Evaluator.evaluate(body, operands);
  }
}
