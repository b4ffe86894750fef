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
    Tensor x = operands.get(0);
    int[][] maps = new int[before.size()][];
    for (int i = 0; i < maps.length; i++) {
      long n = x.shape().dim(i);
      maps[i] = new int[Math.toIntExact(n + before.get(i) + after.get(i))];
      for (int j = 0; j < maps[i].length; j++) {
        long at = j - before.get(i);
        maps[i][j] = at >= 0 && at < n ? (int) at : border(at, n);
      }
    }
    Tensor fill = Tensor.filled(new TensorType(x.dtype(), Shape.SCALAR), value);
    return List.of(Moves.byMaps(x, maps, fill));
  }

  /** The index of the element that stands at a place outside {@code 0 .. n-1}. */
  private int border(long at, long n) {
    return switch (mode) {
      case CONSTANT -> Moves.NOWHERE;
      case EDGE -> at < 0 ? 0 : (int) (n - 1);
      case WRAP -> (int) Math.floorMod(at, n);
      case REFLECT -> {
        long period = Math.max(1, 2 * (n - 1));
        long m = Math.floorMod(at, period);
        yield (int) Math.min(m, period - m);
      }
    };
  }
}
