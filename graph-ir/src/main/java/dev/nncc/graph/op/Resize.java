package dev.nncc.graph.op;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.List;

/**
 * Samples the operand at other coordinates, each axis on its own, as ONNX Resize without
 * antialiasing.
 *
 * @param sizes the result's extents, all axes
 * @param scales result extent by operand extent, all axes; taken by the coordinates, not by the
 *     sizes
 * @param cubicA the coefficient of the cubic kernel
 * @param excludeOutside whether samples outside have weight 0 instead of repeating the edge
 */
public record Resize(
    ResizeMode mode,
    List<Long> sizes,
    List<Double> scales,
    ResizeCoordinates coordinates,
    ResizeRounding rounding,
    double cubicA,
    boolean excludeOutside)
    implements MovementOp {
  public Resize {
    Checks.sizes("Resize", sizes.size(), scales);
    sizes = Checks.atLeast("sizes", sizes, 0);
    scales = List.copyOf(scales);
    for (double s : scales) {
      require(s > 0 && s < Double.POSITIVE_INFINITY, "Resize: scales %s", scales);
    }
  }

  @Override
  public String name() {
    return "Resize";
  }

  @Override
  public Attributes attributes() {
    return new AttributeReader.Writer()
        .put("mode", mode)
        .put("sizes", sizes)
        .put("scales", scales)
        .put("coordinates", coordinates, ResizeCoordinates.HALF_PIXEL)
        .put("rounding", rounding, ResizeRounding.ROUND_PREFER_FLOOR)
        .put("cubicA", cubicA, -0.75)
        .put("excludeOutside", excludeOutside, false)
        .done();
  }

  @Override
  public List<TensorType> infer(List<TensorType> operands) {
    Checks.operands(name(), operands, 1, 1);
    TensorType x = operands.get(0);
    require(x.rank() == sizes.size(), "%s of %s", this, x);
    if (mode != ResizeMode.NEAREST) {
      Checks.isNumber(name(), x);
    }
    for (int i = 0; i < x.rank(); i++) {
      require(x.dim(i) > 0 || sizes.get(i) == 0, "Resize of %s to %s", x, sizes);
    }
    return List.of(x.withShape(Shape.of(sizes)));
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    throw new IllegalStateException("not written yet");
  }
}
