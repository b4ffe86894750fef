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
 * Matrix product of the two last axes, optionally of the transposed operands; the axes before them
 * broadcast as numpy does. Ranks are 2 or more.
 */
public record MatMul(boolean transposeA, boolean transposeB) implements ContractionOp {
  @Override
  public String name() {
    return "MatMul";
  }

  @Override
  public Attributes attributes() {
    return new AttributeReader.Writer()
        .put("transposeA", transposeA, false)
        .put("transposeB", transposeB, false)
        .done();
  }

  @Override
  public List<TensorType> infer(List<TensorType> operands) {
    Checks.operands(name(), operands, 2, 2);
    Checks.sameDtype(name(), operands);
    TensorType a = operands.get(0);
    TensorType b = operands.get(1);
    Checks.isNumber(name(), a);
    require(a.rank() >= 2 && b.rank() >= 2, "MatMul of %s and %s: rank below 2", a, b);
    List<Dim> da = a.shape().dims();
    List<Dim> db = b.shape().dims();
    int ra = da.size();
    int rb = db.size();
    require(
        da.get(transposeA ? ra - 2 : ra - 1).equals(db.get(transposeB ? rb - 1 : rb - 2)),
        "MatMul of %s%s and %s%s: the inner extents differ",
        a,
        transposeA ? " transposed" : "",
        b,
        transposeB ? " transposed" : "");
    List<Shape> batches =
        List.of(new Shape(da.subList(0, ra - 2)), new Shape(db.subList(0, rb - 2)));
    List<Dim> out = new ArrayList<>(Checks.broadcast(name(), batches).dims());
    out.add(da.get(transposeA ? ra - 1 : ra - 2));
    out.add(db.get(transposeB ? rb - 2 : rb - 1));
    return List.of(a.withShape(new Shape(out)));
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    return List.of(
        MatMulLoops.evaluate(
            this,
            operands.get(0),
            operands.get(1),
            infer(operands.stream().map(Tensor::type).toList()).get(0)));
  }
}
