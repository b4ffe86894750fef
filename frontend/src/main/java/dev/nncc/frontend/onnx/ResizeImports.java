package dev.nncc.frontend.onnx;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.op.Resize;
import dev.nncc.graph.op.ResizeCoordinates;
import dev.nncc.graph.op.ResizeMode;
import dev.nncc.graph.op.ResizeRounding;
import java.util.ArrayList;
import java.util.List;

/** Resize and the older Upsample. */
final class ResizeImports {
  private ResizeImports() {}

  /** Result extents and scales of all axes. */
  private record Target(List<Long> sizes, List<Double> scales) {}

  static void addTo(OperatorTable t) {
    t.one("Upsample", 1, ResizeImports::upsampleByFactors);
    t.one("Upsample", 7, n -> simple(n, n.attrs().numbers("scales")));
    t.one("Upsample", 9, n -> simple(n, floats(n, 1)));
    t.one("Resize", 10, n -> simple(n, floats(n, 1)));
    t.one("Resize", 11, ResizeImports::resize);
    t.limit("Resize", "constant sizes; no tf_crop_and_resize, no antialias when shrinking");
  }

  private static List<Float> floats(OnnxNode n, int i) {
    Tensor t = n.known(i, "scales");
    List<Float> out = new ArrayList<>();
    for (double d : t.toDoubles()) {
      out.add((float) d);
    }
    return out;
  }

  private static ResizeMode mode(OnnxNode n) {
    String mode = n.attrs().text("mode", "nearest");
    return switch (mode) {
      case "nearest" -> ResizeMode.NEAREST;
      case "linear", "bilinear" -> ResizeMode.LINEAR;
      case "cubic" -> ResizeMode.CUBIC;
      default -> throw new UnsupportedFeature("mode=%s is not supported", mode);
    };
  }

  private static Operand upsampleByFactors(OnnxNode n) {
    return simple(
        n,
        List.of(
            1f,
            1f,
            (float) n.attrs().number("height_scale", 1),
            (float) n.attrs().number("width_scale", 1)));
  }

  /** Before version 11 coordinates were divided by the scale and rounded down. */
  private static Operand simple(OnnxNode n, List<Float> scales) {
    Operand x = n.in(0);
    return emit(
        n,
        x,
        byScales(x, scales, all(x)),
        mode(n),
        ResizeCoordinates.ASYMMETRIC,
        ResizeRounding.FLOOR);
  }

  private static List<Integer> all(Operand x) {
    List<Integer> axes = new ArrayList<>();
    for (int i = 0; i < x.rank(); i++) {
      axes.add(i);
    }
    return axes;
  }

  private static Target byScales(Operand x, List<Float> scales, List<Integer> axes) {
    require(scales.size() == axes.size(), "scales %s for axes %s", scales, axes);
    List<Long> sizes = new ArrayList<>();
    List<Double> all = new ArrayList<>();
    for (int i = 0; i < x.rank(); i++) {
      int at = axes.indexOf(i);
      float scale = at < 0 ? 1 : scales.get(at);
      require(scale > 0 && Float.isFinite(scale), "scales are %s", scales);
      // The product is rounded to a float, as everyone does: 10 * 0.7f is 7 and not below.
      sizes.add((long) Math.floor((float) x.dim(i) * scale));
      all.add((double) scale);
    }
    return new Target(sizes, all);
  }

  private static Target bySizes(OnnxNode n, Operand x, List<Long> said, List<Integer> axes) {
    require(said.size() == axes.size(), "sizes %s for axes %s", said, axes);
    String policy = n.attrs().text("keep_aspect_ratio_policy", "stretch");
    boolean stretch = policy.equals("stretch");
    double common = policy.equals("not_larger") ? Double.POSITIVE_INFINITY : 0;
    for (int i = 0; i < axes.size() && !stretch; i++) {
      double scale = (double) said.get(i) / x.dim(axes.get(i));
      common = policy.equals("not_larger") ? Math.min(common, scale) : Math.max(common, scale);
    }
    List<Long> sizes = new ArrayList<>();
    List<Double> scales = new ArrayList<>();
    for (int i = 0; i < x.rank(); i++) {
      int at = axes.indexOf(i);
      long size = at < 0 ? x.dim(i) : said.get(at);
      require(size >= 0, "sizes are %s", said);
      if (at >= 0 && !stretch) {
        size = (long) Math.floor(common * x.dim(i) + 0.5);
      }
      sizes.add(size);
      scales.add(
          at < 0 || x.dim(i) == 0 || size == 0 ? 1.0 : stretch ? (double) size / x.dim(i) : common);
    }
    return new Target(sizes, scales);
  }

  private static Operand resize(OnnxNode n) {
    Operand x = n.in(0);
    List<Integer> axes = all(x);
    if (n.attrs().has("axes")) {
      axes = new ArrayList<>();
      for (long a : n.attrs().integers("axes")) {
        axes.add(OnnxNode.axis(a, x.rank()));
      }
    }
    boolean scaled = n.has(2) && n.in(2).shape().elements() > 0;
    require(scaled || n.has(3), "neither scales nor sizes are given");
    Target target =
        scaled ? byScales(x, floats(n, 2), axes) : bySizes(n, x, n.knownIntegers(3, "sizes"), axes);
    ResizeMode mode = mode(n);
    String how = n.attrs().text("coordinate_transformation_mode", "half_pixel");
    if (how.equals("tf_half_pixel_for_nn")) {
      return emit(n, x, target, mode, ResizeCoordinates.HALF_PIXEL, roundingShifted(n));
    }
    UnsupportedFeature.when(
        n.attrs().flag("antialias", false)
            && mode != ResizeMode.NEAREST
            && target.scales().stream().anyMatch(s -> s < 1),
        "antialias=1 is not supported when shrinking");
    return emit(n, x, target, mode, coordinates(how), rounding(n));
  }

  private static ResizeCoordinates coordinates(String how) {
    return switch (how) {
      case "half_pixel" -> ResizeCoordinates.HALF_PIXEL;
      case "half_pixel_symmetric" -> ResizeCoordinates.HALF_PIXEL_SYMMETRIC;
      case "pytorch_half_pixel" -> ResizeCoordinates.PYTORCH_HALF_PIXEL;
      case "align_corners" -> ResizeCoordinates.ALIGN_CORNERS;
      case "asymmetric" -> ResizeCoordinates.ASYMMETRIC;
      default ->
          throw new UnsupportedFeature(
              "coordinate_transformation_mode=%s is not supported (supported: half_pixel,"
                  + " half_pixel_symmetric, pytorch_half_pixel, align_corners, asymmetric,"
                  + " tf_half_pixel_for_nn)",
              how);
    };
  }

  private static ResizeRounding rounding(OnnxNode n) {
    String how = n.attrs().text("nearest_mode", "round_prefer_floor");
    return switch (how) {
      case "round_prefer_floor" -> ResizeRounding.ROUND_PREFER_FLOOR;
      case "round_prefer_ceil" -> ResizeRounding.ROUND_PREFER_CEIL;
      case "floor" -> ResizeRounding.FLOOR;
      case "ceil" -> ResizeRounding.CEIL;
      default -> throw new UnsupportedFeature("nearest_mode=%s is not supported", how);
    };
  }

  /** tf_half_pixel_for_nn is half_pixel plus a half: the half goes into the rounding. */
  private static ResizeRounding roundingShifted(OnnxNode n) {
    UnsupportedFeature.when(
        mode(n) != ResizeMode.NEAREST, "tf_half_pixel_for_nn is for mode=nearest only");
    return switch (rounding(n)) {
      case FLOOR -> ResizeRounding.ROUND_PREFER_CEIL;
      case ROUND_PREFER_FLOOR -> ResizeRounding.CEIL;
      default -> throw new UnsupportedFeature("tf_half_pixel_for_nn with this nearest_mode");
    };
  }

  private static Operand emit(
      OnnxNode n,
      Operand x,
      Target t,
      ResizeMode mode,
      ResizeCoordinates coordinates,
      ResizeRounding rounding) {
    boolean same = t.scales().stream().allMatch(s -> s == 1);
    if (same && Shape.of(t.sizes()).equals(x.shape())) {
      return x;
    }
    double cubic = n.attrs().number("cubic_coeff_a", -0.75);
    boolean exclude = n.attrs().flag("exclude_outside", false);
    return n.emit(
        new Resize(mode, t.sizes(), t.scales(), coordinates, rounding, cubic, exclude), x);
  }
}
