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
 * Adds a border of {@code before} and {@code after} elements to each axis.
 *
 * @param value the border's elements in mode CONSTANT
 */
public record Pad(List<Long> before, List<Long> after, PadMode mode, double value)
    implements MovementOp {
  public Pad {
    Checks.sizes("Pad", before.size(), after);
    before = Checks.atLeast("before", before, 0);
    after = Checks.atLeast("after", after, 0);
  }

  @Override
  public String name() {
    return "Pad";
  }

  @Override
  public Attributes attributes() {
    return new AttributeReader.Writer()
        .put("before", before)
        .put("after", after)
        .put("mode", mode, PadMode.CONSTANT)
        .put("value", value, 0.0)
        .done();
  }

  @Override
  public List<TensorType> infer(List<TensorType> operands) {
    Checks.operands(name(), operands, 1, 1);
    TensorType x = operands.get(0);
    require(x.rank() == before.size(), "%s of %s", this, x);
    List<Dim> out = new ArrayList<>();
    for (int i = 0; i < x.rank(); i++) {
      Dim d = x.shape().dims().get(i);
      require(
          mode == PadMode.CONSTANT || before.get(i) + after.get(i) == 0 || !d.equals(Dim.of(0)),
          "Pad: axis %d of %s has nothing to repeat",
          i,
          x);
      out.add(d.plus(Dim.of(before.get(i) + after.get(i))));
    }
    return List.of(x.withShape(new Shape(out)));
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    throw new IllegalStateException("not written yet");
  }
}
