package dev.nncc.graph.op;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

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
    Tensor x = operands.get(0);
    List<ResizeTaps> taps = new ArrayList<>();
    for (int i = 0; i < sizes.size(); i++) {
      taps.add(taps(i, x.shape().dim(i)));
    }
    if (mode == ResizeMode.NEAREST) {
      int[][] maps = new int[taps.size()][];
      for (int i = 0; i < maps.length; i++) {
        ResizeTaps along = taps.get(i);
        maps[i] = IntStream.range(0, along.size()).map(e -> (int) along.position(e, 0)).toArray();
      }
      return List.of(Moves.byMaps(x, maps));
    }
    double[] data = x.toDoubles();
    long[] shape = x.shape().toArray();
    for (int i = 0; i < shape.length; i++) {
      if (!taps.get(i).isIdentity(shape[i])) {
        data = blend(data, shape, i, taps.get(i));
        shape[i] = sizes.get(i);
      }
    }
    return List.of(rounded(data, x.type().withShape(Shape.of(sizes))));
  }

  /** Where the results along an axis come from. */
  public ResizeTaps taps(int axis, long inputExtent) {
    return ResizeTaps.of(this, axis, inputExtent);
  }

  private static double[] blend(double[] data, long[] shape, int axis, ResizeTaps taps) {
    int outer = 1;
    int inner = 1;
    for (int i = 0; i < shape.length; i++) {
      outer *= i < axis ? (int) shape[i] : 1;
      inner *= i > axis ? (int) shape[i] : 1;
    }
    int from = (int) shape[axis];
    int to = taps.size();
    double[] out = new double[Math.multiplyExact(Math.multiplyExact(outer, to), inner)];
    for (int o = 0; o < outer; o++) {
      for (int i = 0; i < to; i++) {
        for (int t = 0; t < taps.count(); t++) {
          double weight = taps.weight(i, t);
          int at = (o * from + (int) taps.position(i, t)) * inner;
          for (int k = 0; weight != 0 && k < inner; k++) {
            out[(o * to + i) * inner + k] += weight * data[at + k];
          }
        }
      }
    }
    return out;
  }

  /** Integers truncate and saturate. */
  private static Tensor rounded(double[] data, TensorType type) {
    if (type.dtype().isFloat()) {
      return Tensor.of(type, data);
    }
    return Tensor.of(
        type, Arrays.stream(data).mapToLong(v -> Scalars.toInteger(type.dtype(), v)).toArray());
  }
}
