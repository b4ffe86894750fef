package dev.nncc.frontend.caffe;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.caffe.proto.InterpParameter;
import dev.nncc.frontend.caffe.proto.UpsampleParameter;
import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.op.Expand;
import dev.nncc.graph.op.Resize;
import dev.nncc.graph.op.ResizeCoordinates;
import dev.nncc.graph.op.ResizeMode;
import dev.nncc.graph.op.ResizeRounding;
import dev.nncc.graph.op.ScatterElements;
import dev.nncc.graph.op.ScatterKind;
import java.util.List;

/** Pictures of other sizes. */
final class ResizeLayers {
  private static final long MOST = 1 << 20;

  private ResizeLayers() {}

  static void addTo(LayerTable t) {
    t.one("Interp", ResizeLayers::interpolate);
    t.one("Upsample", ResizeLayers::upsample);
    t.one("Reorg", ResizeLayers::reorganise);
  }

  private static void checkPicture(Operand x) {
    UnsupportedFeature.when(x.rank() != 4, "%s, which is no picture, is not supported", x.type());
    require(x.dim(2) > 0 && x.dim(3) > 0, "%s is empty", x.type());
  }

  /** Bilinear; corners stay corners. Negative padding crops. */
  private static Operand interpolate(CaffeLayer l) {
    InterpParameter p = l.proto().getInterpParam();
    Operand x = l.in(0);
    checkPicture(x);
    require(p.getPadBeg() <= 0 && p.getPadEnd() <= 0, "padding can only crop");
    for (int axis = 2; axis < 4; axis++) {
      long size = x.dim(axis) + p.getPadBeg() + p.getPadEnd();
      require(size > 0, "%d and %d cropped from %s", p.getPadBeg(), p.getPadEnd(), x.type());
      x = l.slice(x, axis, -p.getPadBeg(), size);
    }
    long h = l.inputs() > 1 ? l.in(1).dim(2) : extent(p, p.hasHeight(), p.getHeight(), x.dim(2));
    long w = l.inputs() > 1 ? l.in(1).dim(3) : extent(p, p.hasWidth(), p.getWidth(), x.dim(3));
    require(h > 0 && w > 0 && h <= MOST && w <= MOST, "height %d, width %d", h, w);
    return resized(l, x, ResizeMode.LINEAR, ResizeCoordinates.ALIGN_CORNERS, h, w);
  }

  private static long extent(InterpParameter p, boolean said, long extent, long in) {
    require(p.getShrinkFactor() > 0 && p.getZoomFactor() > 0, "factors below 1");
    if (!p.hasShrinkFactor() && !p.hasZoomFactor()) {
      require(said, "the size is missing");
      return extent;
    }
    long shrunk = (in - 1) / p.getShrinkFactor() + 1;
    return Math.addExact(shrunk, Math.multiplyExact(shrunk - 1, p.getZoomFactor() - 1));
  }

  private static Operand resized(
      CaffeLayer l, Operand x, ResizeMode mode, ResizeCoordinates coordinates, long h, long w) {
    if (x.dim(2) == h && x.dim(3) == w) {
      return x;
    }
    List<Long> sizes = List.of(x.dim(0), x.dim(1), h, w);
    List<Double> scales = List.of(1.0, 1.0, (double) h / x.dim(2), (double) w / x.dim(3));
    return l.emit(
        new Resize(mode, sizes, scales, coordinates, ResizeRounding.FLOOR, -0.75, false), x);
  }

  /** Nearest neighbour; with a second bottom, elements go to the places that it holds. */
  private static Operand upsample(CaffeLayer l) {
    UpsampleParameter p = l.proto().getUpsampleParam();
    Operand x = l.in(0);
    checkPicture(x);
    long both = p.hasScale() ? p.getScale() : p.hasStride() ? p.getStride() : 1;
    long scaleH = p.hasScaleH() ? p.getScaleH() : both;
    long scaleW = p.hasScaleW() ? p.getScaleW() : both;
    require(
        scaleH > 0 && scaleW > 0 && scaleH <= MOST && scaleW <= MOST,
        "scale %d, %d",
        scaleH,
        scaleW);
    boolean sized = p.getUpsampleH() > 0 && p.getUpsampleW() > 0;
    long h = sized ? p.getUpsampleH() : x.dim(2) * scaleH - (p.getPadOutH() ? 1 : 0);
    long w = sized ? p.getUpsampleW() : x.dim(3) * scaleW - (p.getPadOutW() ? 1 : 0);
    if (l.inputs() == 1) {
      UnsupportedFeature.when(sized, "upsample_h without places is not supported");
      return resized(
          l,
          x,
          ResizeMode.NEAREST,
          ResizeCoordinates.ASYMMETRIC,
          x.dim(2) * scaleH,
          x.dim(3) * scaleW);
    }
    long n = Math.multiplyExact(h, w);
    require(l.in(1).shape().equals(x.shape()), "places %s for %s", l.in(1).type(), x.type());
    long elements = x.dim(2) * x.dim(3);
    Operand empty =
        l.emit(
            new Expand(Shape.of(x.dim(0), x.dim(1), n)), l.filled(DType.F32, Shape.of(1, 1, 1), 0));
    Operand places = l.cast(l.reshape(l.in(1), x.dim(0), x.dim(1), elements), DType.I64);
    Operand values = l.reshape(x, x.dim(0), x.dim(1), elements);
    Operand y = l.emit(new ScatterElements(2, ScatterKind.NONE), empty, places, values);
    return l.reshape(y, x.dim(0), x.dim(1), h, w);
  }

  /**
   * As YOLO does it: positions of a cell become channels, but of a picture that is read as one with
   * fewer channels and more rows and columns.
   */
  private static Operand reorganise(CaffeLayer l) {
    Operand x = l.in(0);
    var p = l.proto().getReorgParam();
    checkPicture(x);
    long s = p.getStride();
    require(s > 0 && s <= MOST && x.dim(1) % (s * s) == 0, "stride %d of %s", s, x.type());
    long n = x.dim(0);
    long c = x.dim(1) / (s * s);
    long h = x.dim(2);
    long w = x.dim(3);
    if (p.getReverse()) {
      Operand cells = l.transpose(l.reshape(x, n, s, s, c, h, w), List.of(0, 3, 4, 1, 5, 2));
      return l.reshape(cells, n, c, h * s, w * s);
    }
    require(h % s == 0 && w % s == 0, "stride %d of %s", s, x.type());
    Operand cells = l.transpose(l.reshape(x, n, c, h, s, w, s), List.of(0, 3, 5, 1, 2, 4));
    return l.reshape(cells, n, x.dim(1) * s * s, h / s, w / s);
  }
}
