package dev.nncc.graph.op;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.List;

/**
 * One scalar function over all elements, operands broadcast as numpy does. Operands have one
 * element type, but for the bool condition of Where.
 *
 * @param params the kind's parameters, see {@link ElementwiseKind#params}
 */
public record Elementwise(ElementwiseKind kind, List<Double> params) implements ElementwiseOp {
  public Elementwise {
    params = List.copyOf(params);
    require(
        params.size() == kind.params().size(),
        "%s has parameters %s, not %s",
        kind.text(),
        kind.params(),
        params);
  }

  public static Elementwise of(ElementwiseKind kind, double... params) {
    return new Elementwise(kind, java.util.Arrays.stream(params).boxed().toList());
  }

  /** What happens to one element of operands of this type (of Where: the second and third). */
  public ScalarExpr expr(DType operandType) {
    return kind.expr(operandType, params);
  }

  @Override
  public String name() {
    return kind.text();
  }

  @Override
  public Attributes attributes() {
    AttributeReader.Writer w = new AttributeReader.Writer();
    for (int i = 0; i < params.size(); i++) {
      w.put(kind.params().get(i), params.get(i));
    }
    return w.done();
  }

  @Override
  public List<TensorType> infer(List<TensorType> operands) {
    Checks.operands(name(), operands, kind.arity(), kind.arity());
    List<TensorType> typed = operands;
    if (kind == ElementwiseKind.WHERE) {
      require(operands.get(0).dtype() == DType.BOOL, "Where: condition is %s", operands.get(0));
      typed = operands.subList(1, 3);
    }
    Checks.sameDtype(name(), typed);
    DType t = typed.get(0).dtype();
    require(kind.admits(t), "%s does not take %s", name(), t.text());
    Shape shape = Checks.broadcast(name(), operands.stream().map(TensorType::shape).toList());
    return List.of(new TensorType(kind.resultType(t), shape));
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    TensorType result = infer(operands.stream().map(Tensor::type).toList()).get(0);
    ScalarExpr e = expr(operands.get(operands.size() - 1).dtype());
    return List.of(ElementwiseLoops.evaluate(e, operands, result));
  }
}
