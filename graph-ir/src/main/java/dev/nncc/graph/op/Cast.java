package dev.nncc.graph.op;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.DType;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.List;

/** Converts the element type; {@link ScalarExpr.Cast} says how. */
public record Cast(DType to) implements ElementwiseOp {
  @Override
  public String name() {
    return "Cast";
  }

  @Override
  public Attributes attributes() {
    return new AttributeReader.Writer().put("to", to).done();
  }

  @Override
  public List<TensorType> infer(List<TensorType> operands) {
    Checks.operands(this, operands, 1, 1);
    return List.of(operands.get(0).withDtype(to));
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    TensorType result = infer(operands.stream().map(Tensor::type).toList()).get(0);
    ScalarExpr e = new ScalarExpr.Cast(to, ScalarExpr.arg(0));
    return List.of(ElementwiseLoops.evaluate(e, operands, result));
  }
}
