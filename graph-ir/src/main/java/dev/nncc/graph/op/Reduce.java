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
 * Combines all elements along axes. Of no elements: 0 for sums, 1 for products, the lowest or
 * highest value for maximum and minimum, NaN for means of floats.
 *
 * @param axes ascending, 0 .. rank-1
 */
public record Reduce(ReduceKind kind, List<Integer> axes, boolean keepDims) implements ReductionOp {
  public Reduce {
    axes = List.copyOf(axes);
    for (int i = 0; i < axes.size(); i++) {
      require(axes.get(i) > (i == 0 ? -1 : axes.get(i - 1)), "Reduce: axes %s", axes);
    }
  }

  @Override
  public String name() {
    return "Reduce";
  }

  @Override
  public Attributes attributes() {
    return new AttributeReader.Writer()
        .put("kind", kind)
        .axes("axes", axes)
        .put("keepDims", keepDims, false)
        .done();
  }

  @Override
  public List<TensorType> infer(List<TensorType> operands) {
    Checks.operands(name(), operands, 1, 1);
    TensorType x = operands.get(0);
    if (kind != ReduceKind.MAX && kind != ReduceKind.MIN) {
      Checks.isNumber(name(), x);
    }
    axes.forEach(a -> Checks.axis(name(), a, x.rank()));
    List<Dim> out = new ArrayList<>();
    for (int i = 0; i < x.rank(); i++) {
      if (!axes.contains(i)) {
        out.add(x.shape().dims().get(i));
      } else if (keepDims) {
        out.add(Dim.of(1));
      }
    }
    return List.of(x.withShape(new Shape(out)));
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    return List.of(
        ReduceLoops.evaluate(
            this, operands.get(0), infer(operands.stream().map(Tensor::type).toList()).get(0)));
  }
}
