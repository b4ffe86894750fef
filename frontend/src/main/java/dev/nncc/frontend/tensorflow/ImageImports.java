package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.graph.DType;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.ReduceKind;
import java.util.ArrayList;
import java.util.List;

/** Colours and patches of pictures [.., height, width, channels]. */
final class ImageImports {
  private ImageImports() {}

  static void addTo(Operators t) {
    t.one("RGBToHSV", n -> join(n, toHsv(n, channels(n, n.in(0)))));
    t.one("HSVToRGB", n -> join(n, toRgb(n, channels(n, n.in(0)))));
    t.one("AdjustContrastv2", ImageImports::contrast);
    t.one("AdjustHue", ImageImports::hue);
    t.one("AdjustSaturation", ImageImports::saturation);
    t.one("ExtractImagePatches", ImageImports::patches);
    t.many("MaxPoolWithArgmax", ImageImports::maxPoolWithArgmax);
  }

  private static List<Operand> channels(TensorflowNode n, Operand x) {
    int axis = x.rank() - 1;
    require(axis >= 0 && x.dim(axis) == 3, "%s has no three channels", x.type());
    return List.of(n.slice(x, axis, 0, 1), n.slice(x, axis, 1, 1), n.slice(x, axis, 2, 1));
  }

  private static Operand join(TensorflowNode n, List<Operand> channels) {
    return n.concat(channels, channels.get(0).rank() - 1);
  }

  private static List<Operand> toHsv(TensorflowNode n, List<Operand> rgb) {
    Operand r = rgb.get(0);
    Operand g = rgb.get(1);
    Operand b = rgb.get(2);
    DType t = r.dtype();
    Operand zero = n.number(t, 0);
    Operand most = n.apply(ElementwiseKind.MAX, n.apply(ElementwiseKind.MAX, r, g), b);
    Operand least = n.apply(ElementwiseKind.MIN, n.apply(ElementwiseKind.MIN, r, g), b);
    Operand range = n.sub(most, least);
    Operand grey = n.apply(ElementwiseKind.EQUAL, range, zero);
    Operand sixth = n.div(n.number(t, 1 / 6.0), n.where(grey, n.number(t, 1), range));
    Operand red = n.mul(n.sub(g, b), sixth);
    Operand green = n.with(ElementwiseKind.ADD, n.mul(n.sub(b, r), sixth), 2 / 6.0);
    Operand blue = n.with(ElementwiseKind.ADD, n.mul(n.sub(r, g), sixth), 4 / 6.0);
    Operand other = n.where(n.apply(ElementwiseKind.EQUAL, g, most), green, blue);
    Operand hue = n.where(n.apply(ElementwiseKind.EQUAL, r, most), red, other);
    hue = n.where(grey, zero, hue);
    hue =
        n.where(n.apply(ElementwiseKind.LESS, hue, zero), n.with(ElementwiseKind.ADD, hue, 1), hue);
    Operand bright = n.apply(ElementwiseKind.LESS, zero, most);
    Operand saturation = n.where(bright, n.div(range, n.where(bright, most, n.number(t, 1))), zero);
    return List.of(hue, saturation, most);
  }

  /** How much of each colour a hue has: a trapezium over the hue. */
  private static List<Operand> shares(TensorflowNode n, Operand hue) {
    Operand six = n.with(ElementwiseKind.MUL, hue, 6);
    DType t = six.dtype();
    Operand red = n.with(ElementwiseKind.SUB, distance(n, six, 3), 1);
    Operand green = n.sub(n.number(t, 2), distance(n, six, 2));
    Operand blue = n.sub(n.number(t, 2), distance(n, six, 4));
    return List.of(
        n.apply(ElementwiseKind.CLIP, 0, 1, red),
        n.apply(ElementwiseKind.CLIP, 0, 1, green),
        n.apply(ElementwiseKind.CLIP, 0, 1, blue));
  }

  private static List<Operand> toRgb(TensorflowNode n, List<Operand> hsv) {
    Operand rest = n.sub(n.number(hsv.get(1).dtype(), 1), hsv.get(1));
    return shares(n, hsv.get(0)).stream()
        .map(s -> n.mul(n.add(rest, n.mul(hsv.get(1), s)), hsv.get(2)))
        .toList();
  }

  private static Operand distance(TensorflowNode n, Operand x, double from) {
    return n.apply(ElementwiseKind.ABS, n.with(ElementwiseKind.SUB, x, from));
  }

  private static Operand contrast(TensorflowNode n) {
    Operand x = n.cast(n.in(0), DType.F32);
    require(x.rank() >= 3, "%s is no picture", x.type());
    Operand mean = n.reduce(ReduceKind.MEAN, x, List.of(x.rank() - 3, x.rank() - 2), true);
    Operand y = n.add(n.mul(n.sub(x, mean), n.in(1)), mean);
    return n.cast(y, n.in(0).dtype());
  }

  private static Operand saturation(TensorflowNode n) {
    List<Operand> hsv = toHsv(n, channels(n, n.cast(n.in(0), DType.F32)));
    Operand more = n.apply(ElementwiseKind.CLIP, 0, 1, n.mul(hsv.get(1), n.in(1)));
    List<Operand> rgb = toRgb(n, List.of(hsv.get(0), more, hsv.get(2)));
    return n.cast(join(n, rgb), n.in(0).dtype());
  }

  /** Turns the hue by a part of its range; the least and the greatest colour stay as they are. */
  private static Operand hue(TensorflowNode n) {
    List<Operand> rgb = channels(n, n.cast(n.in(0), DType.F32));
    List<Operand> hsv = toHsv(n, rgb);
    Operand turned = n.add(hsv.get(0), n.in(1));
    Operand hue = n.sub(turned, n.apply(ElementwiseKind.FLOOR, turned));
    Operand least =
        n.apply(
            ElementwiseKind.MIN, n.apply(ElementwiseKind.MIN, rgb.get(0), rgb.get(1)), rgb.get(2));
    Operand range = n.sub(hsv.get(2), least);
    List<Operand> out = shares(n, hue).stream().map(s -> n.add(least, n.mul(range, s))).toList();
    return n.cast(join(n, out), n.in(0).dtype());
  }

  /** Every s-th element of the spatial axes of [n, h, w, c] from an offset on. */
  private static Operand shifted(
      TensorflowNode n, Operand x, List<Long> offset, List<Long> count, List<Long> steps) {
    Operand rows = n.slice(x, 1, offset.get(0), count.get(0), steps.get(0));
    return n.slice(rows, 2, offset.get(1), count.get(1), steps.get(1));
  }

  /** The elements of windows, one after the other in the last axis. */
  private static Operand patches(TensorflowNode n) {
    Operand x = n.in(0);
    require(x.rank() == 4, "%s is no batch of pictures", x.type());
    List<Long> kernel = Windows.spatial(n, "ksizes", 2);
    Windows v =
        Windows.padded(
            n,
            TensorflowNode.extents(x).subList(1, 3),
            kernel,
            Windows.spatial(n, "strides", 2),
            Windows.spatial(n, "rates", 2));
    Operand padded = SliceImports.pad(n, x, v.bordersLast(), 0);
    List<Long> count = v.counts(padded);
    List<Operand> parts = new ArrayList<>();
    for (long i = 0; i < kernel.get(0); i++) {
      for (long k = 0; k < kernel.get(1); k++) {
        List<Long> offset = List.of(i * v.dilations().get(0), k * v.dilations().get(1));
        parts.add(shifted(n, padded, offset, count, v.strides()));
      }
    }
    return n.concat(parts, 3);
  }

  /** Goes through the windows' elements and keeps the greatest, with its place in the picture. */
  private static List<Operand> maxPoolWithArgmax(TensorflowNode n) {
    Operand x = n.in(0);
    require(x.rank() == 4, "%s is no batch of pictures", x.type());
    List<Long> kernel = Windows.spatial(n, "ksize", 2);
    Windows v = Windows.of(n, x, kernel);
    Operand padded = SliceImports.pad(n, x, v.bordersLast(), x.dtype().lowest());
    List<Long> count = v.counts(padded);
    long size = x.dim(1) * x.dim(2) * x.dim(3);
    boolean batches = n.attrs().flag("include_batch_in_index", false);
    long all = batches ? Math.multiplyExact(size, x.dim(0)) : size;
    Operand numbers =
        n.reshape(
            IndexingImports.iota(n, all), batches ? x.dim(0) : 1, x.dim(1), x.dim(2), x.dim(3));
    Operand places = SliceImports.pad(n, numbers, v.bordersLast(), 0);
    Operand best = null;
    Operand place = null;
    for (long i = 0; i < kernel.get(0); i++) {
      for (long k = 0; k < kernel.get(1); k++) {
        Operand value = shifted(n, padded, List.of(i, k), count, v.strides());
        Operand at = shifted(n, places, List.of(i, k), count, v.strides());
        if (best == null || place == null) {
          best = value;
          place = n.expand(at, value.shape());
        } else {
          Operand better = n.apply(ElementwiseKind.LESS, best, value);
          place = n.where(better, at, place);
          best = n.apply(ElementwiseKind.MAX, best, value);
        }
      }
    }
    if (best == null || place == null) {
      throw new ModelException("windows are empty");
    }
    return List.of(best, n.cast(place, n.attrs().dtype("Targmax", DType.I64)));
  }
}
