package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Resize;
import dev.nncc.graph.op.ResizeCoordinates;
import dev.nncc.graph.op.ResizeMode;
import dev.nncc.graph.op.ResizeRounding;
import java.util.ArrayList;
import java.util.List;

/**
 * Images in other sizes. What the graph's own operator does not do exactly as TensorFlow is a
 * product with a matrix of weights along each axis.
 */
final class ResizeImports {
  /** TensorFlow looks cubic weights up in a table with this many steps between two pixels. */
  private static final int CUBIC_STEPS = 1024;

  private ResizeImports() {}

  static void addTo(Operators t) {
    t.one("ResizeBilinear", n -> resize(n, ResizeMode.LINEAR));
    t.one("ResizeNearestNeighbor", n -> resize(n, ResizeMode.NEAREST));
    t.one("ResizeBicubic", n -> weighted(n, (i, in, scale) -> cubic(n, i, in, scale)));
    t.one("ResizeArea", n -> weighted(n, (i, in, scale) -> area(i, in, scale)));
    t.one("CropAndResize", ResizeImports::crop);
    t.limit("CropAndResize", "constant boxes");
    for (String op :
        List.of("ResizeBilinear", "ResizeNearestNeighbor", "ResizeBicubic", "ResizeArea")) {
      t.limit(op, "constant sizes");
    }
  }

  private static List<Long> sizes(TensorflowNode n, int input) {
    List<Long> sizes = n.knownIntegers(input, "size");
    require(n.in(0).rank() == 4 && sizes.size() == 2, "size %s for %s", sizes, n.in(0).type());
    require(
        sizes.stream().allMatch(s -> s > 0 && s < Integer.MAX_VALUE)
            && n.in(0).dim(1) > 0
            && n.in(0).dim(2) > 0,
        "size %s for %s",
        sizes,
        n.in(0).type());
    return sizes;
  }

  private static Operand resize(TensorflowNode n, ResizeMode mode) {
    List<Long> to = sizes(n, 1);
    boolean linear = mode == ResizeMode.LINEAR;
    Operand x =
        n.toFirst(linear && !n.in(0).dtype().isFloat() ? n.cast(n.in(0), DType.F32) : n.in(0));
    boolean corners = n.attrs().flag("align_corners", false);
    boolean half = n.attrs().flag("half_pixel_centers", false);
    ResizeCoordinates coordinates =
        corners
            ? ResizeCoordinates.ALIGN_CORNERS
            : half ? ResizeCoordinates.HALF_PIXEL : ResizeCoordinates.ASYMMETRIC;
    ResizeRounding rounding =
        corners || half ? ResizeRounding.ROUND_PREFER_CEIL : ResizeRounding.FLOOR;
    Resize r =
        new Resize(
            mode,
            List.of(x.dim(0), x.dim(1), to.get(0), to.get(1)),
            List.of(1.0, 1.0, (double) to.get(0) / x.dim(2), (double) to.get(1) / x.dim(3)),
            coordinates,
            rounding,
            -0.75,
            false);
    Operand y = n.toLast(n.emit(r, x));
    return linear ? n.cast(y, DType.F32) : y;
  }

  /** The weight of each pixel of a line in one result. */
  @FunctionalInterface
  private interface Weights {
    double[] of(int result, int pixels, double scale);
  }

  private static double scale(TensorflowNode n, long in, long out) {
    boolean corners = n.attrs().flag("align_corners", false) && out > 1;
    return corners ? (double) (in - 1) / (out - 1) : (double) in / out;
  }

  private static Operand weighted(TensorflowNode n, Weights weights) {
    List<Long> to = sizes(n, 1);
    Operand x = n.toFirst(n.cast(n.in(0), DType.F32));
    Operand[] matrices = new Operand[2];
    for (int axis = 0; axis < 2; axis++) {
      int pixels = (int) x.dim(axis + 2);
      int results = Math.toIntExact(to.get(axis));
      double scale = scale(n, pixels, results);
      double[] all = new double[TensorflowNode.table(pixels, results)];
      for (int i = 0; i < results; i++) {
        System.arraycopy(weights.of(i, pixels, scale), 0, all, i * pixels, pixels);
      }
      matrices[axis] = n.constant(Tensor.of(TensorType.of(DType.F32, results, pixels), all));
    }
    return n.toLast(sampled(n, x, matrices[0], matrices[1]));
  }

  /** Weights [rows, height] and [columns, width] applied to images [.., height, width]. */
  private static Operand sampled(TensorflowNode n, Operand x, Operand down, Operand across) {
    return n.matMul(n.matMul(down, x), n.transpose(across, 1, 0));
  }

  private static double[] cubic(TensorflowNode n, int result, int pixels, double scale) {
    boolean half = n.attrs().flag("half_pixel_centers", false);
    double a = half ? -0.5 : -0.75;
    double at = half ? (result + 0.5f) * (float) scale - 0.5 : result * (float) scale;
    long base = (long) Math.floor(at);
    double offset = Math.rint((at - base) * CUBIC_STEPS) / CUBIC_STEPS;
    double[] weights = new double[pixels];
    double sum = 0;
    for (int tap = -1; tap <= 2; tap++) {
      double d = Math.abs(tap - offset);
      double w =
          d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 : ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
      long pixel = base + tap;
      if (half && (pixel < 0 || pixel >= pixels)) {
        continue;
      }
      weights[(int) Math.max(0, Math.min(pixels - 1, pixel))] += w;
      sum += w;
    }
    for (int i = 0; half && Math.abs(sum) >= 1000 * Float.MIN_VALUE && i < pixels; i++) {
      weights[i] /= sum;
    }
    return weights;
  }

  /** The share of each pixel in what a result covers. */
  private static double[] area(int result, int pixels, double scale) {
    double[] weights = new double[pixels];
    double from = result * scale;
    double to = (result + 1) * scale;
    for (int p = (int) Math.floor(from); p < to; p++) {
      double share = Math.min(p + 1, to) - Math.max(p, from);
      weights[Math.max(0, Math.min(pixels - 1, p))] += share / scale;
    }
    return weights;
  }

  /** Boxes [y1, x1, y2, x2] in units of the picture, each of one picture, sampled bilinearly. */
  private static Operand crop(TensorflowNode n) {
    Operand x = n.toFirst(n.cast(n.in(0), DType.F32));
    List<Long> to = sizes(n, 3);
    double[] boxes = n.known(1, "boxes").toDoubles();
    List<Long> pictures = n.knownIntegers(2, "box_ind");
    require(
        boxes.length == 4 * pictures.size(), "%d boxes for %s", pictures.size(), n.in(1).type());
    boolean nearest = n.attrs().text("method", "bilinear").equals("nearest");
    double outside = n.attrs().number("extrapolation_value", 0);
    List<Operand> crops = new ArrayList<>();
    for (int b = 0; b < pictures.size(); b++) {
      Operand picture = n.slice(x, 0, pictures.get(b), 1);
      double[][] weights = new double[2][];
      for (int axis = 0; axis < 2; axis++) {
        weights[axis] =
            cropped(
                boxes[4 * b + axis],
                boxes[4 * b + 2 + axis],
                (int) x.dim(axis + 2),
                Math.toIntExact(to.get(axis)),
                nearest);
      }
      Operand down = matrix(n, weights[0], to.get(0));
      Operand across = matrix(n, weights[1], to.get(1));
      Operand y = sampled(n, picture, down, across);
      if (outside != 0) {
        Operand rows = n.reduce(dev.nncc.graph.op.ReduceKind.SUM, down, List.of(1), true);
        Operand columns = n.reduce(dev.nncc.graph.op.ReduceKind.SUM, across, List.of(1), true);
        Operand share = n.mul(rows, n.transpose(columns, 1, 0));
        Operand inside = n.apply(ElementwiseKind.LESS, n.number(DType.F32, 0.5), share);
        y = n.where(inside, y, n.number(DType.F32, outside));
      }
      crops.add(y);
    }
    if (crops.isEmpty()) {
      return n.filled(DType.F32, Shape.of(0, to.get(0), to.get(1), x.dim(1)), 0);
    }
    return n.toLast(n.concat(crops, 0));
  }

  private static Operand matrix(TensorflowNode n, double[] weights, long rows) {
    return n.constant(Tensor.of(TensorType.of(DType.F32, rows, weights.length / rows), weights));
  }

  /** Weights of the pixels between two ends; none for results that lie outside of the picture. */
  private static double[] cropped(
      double from, double to, int pixels, int results, boolean nearest) {
    double[] weights = new double[TensorflowNode.table(pixels, results)];
    double step = results > 1 ? (to - from) * (pixels - 1) / (results - 1) : 0;
    for (int i = 0; i < results; i++) {
      double at = results > 1 ? from * (pixels - 1) + i * step : 0.5 * (from + to) * (pixels - 1);
      if (at < 0 || at > pixels - 1) {
        continue;
      }
      if (nearest) {
        weights[i * pixels + (int) Math.floor(at + 0.5)] = 1;
      } else {
        int low = (int) Math.floor(at);
        weights[i * pixels + low] += 1 - (at - low);
        weights[i * pixels + (int) Math.ceil(at)] += at - low;
      }
    }
    return weights;
  }
}
