package dev.nncc.graph.op;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.List;

/**
 * Elements {@code start + i * step}, {@code i < size}, of each axis; all of them exist. Steps may
 * be negative, not 0.
 */
public record Slice(List<Long> starts, List<Long> sizes, List<Long> steps) implements MovementOp {
  public Slice {
    Checks.sizes("Slice", starts.size(), sizes, steps);
    starts = Checks.atLeast("starts", starts, 0);
    sizes = Checks.atLeast("sizes", sizes, 0);
    steps = List.copyOf(steps);
    require(!steps.contains(0L), "Slice: steps %s", steps);
  }

  @Override
  public String name() {
    return "Slice";
  }

  @Override
  public Attributes attributes() {
    return new AttributeReader.Writer()
        .put("starts", starts)
        .put("sizes", sizes)
        .list("steps", steps, 1)
        .done();
  }

  @Override
  public List<TensorType> infer(List<TensorType> operands) {
    Checks.operands(name(), operands, 1, 1);
    TensorType x = operands.get(0);
    require(x.rank() == starts.size(), "%s of %s", this, x);
    for (int i = 0; i < x.rank(); i++) {
      long last = Math.addExact(starts.get(i), Math.multiplyExact(sizes.get(i) - 1, steps.get(i)));
      require(
          sizes.get(i) == 0 || starts.get(i) < x.dim(i) && last >= 0 && last < x.dim(i),
          "Slice %d + i * %d, i < %d, leaves axis %d of %s",
          starts.get(i),
          steps.get(i),
          sizes.get(i),
          i,
          x);
    }
    return List.of(x.withShape(Shape.of(sizes)));
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    Tensor x = operands.get(0);
    int[][] maps = new int[starts.size()][];
    for (int i = 0; i < maps.length; i++) {
      maps[i] = Moves.range(starts.get(i), steps.get(i), sizes.get(i));
    }
    return List.of(Moves.byMaps(x, maps));
  }
}
