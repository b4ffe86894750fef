package dev.nncc.frontend.caffe;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.caffe.proto.ConvolutionParameter;
import dev.nncc.frontend.importing.Operand;
import dev.nncc.graph.Op;
import dev.nncc.graph.Shape;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.ConvTranspose;
import dev.nncc.graph.op.Slice;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Convolutions over one to three spatial axes, and the windows that they read. */
final class ConvolutionLayers {
  /** Windows with more elements than this become a slice each in no sensible network. */
  private static final long MOST_WINDOW = 1 << 12;

  private ConvolutionLayers() {}

  static void addTo(LayerTable t) {
    t.add("Convolution", l -> each(l, false, ConvolutionLayers::convolution));
    t.add("Deconvolution", l -> each(l, false, ConvolutionLayers::deconvolution));
    for (String depthwise : List.of("ConvolutionDepthwise", "DepthwiseConvolution")) {
      t.add(depthwise, l -> each(l, true, ConvolutionLayers::convolution));
    }
    t.one("Im2col", ConvolutionLayers::im2col);
    t.limit("Convolution", "channels in axis 1, 1 to 3 spatial axes");
    t.limit("Deconvolution", "channels in axis 1, 1 to 3 spatial axes");
  }

  private interface Kind {
    Operand of(CaffeLayer l, Operand x, int groups);
  }

  /** Each bottom becomes a top, all with the same weights. */
  private static List<Operand> each(CaffeLayer l, boolean depthwise, Kind kind) {
    ConvolutionParameter p = l.proto().getConvolutionParam();
    List<Operand> out = new ArrayList<>();
    for (Operand x : l.all()) {
      Windows.spatial(x);
      long groups = depthwise && p.getGroup() == 1 ? x.dim(1) : p.getGroup();
      require(p.getNumOutput() > 0, "num_output is %d", p.getNumOutput());
      require(
          groups > 0 && x.dim(1) % groups == 0 && p.getNumOutput() % groups == 0,
          "%d groups of %d channels to %d",
          groups,
          x.dim(1),
          p.getNumOutput());
      out.add(kind.of(l, x, Math.toIntExact(groups)));
    }
    return out;
  }

  private static Operand convolution(CaffeLayer l, Operand x, int groups) {
    ConvolutionParameter p = l.proto().getConvolutionParam();
    Windows w = Windows.of(p, x);
    Conv conv = new Conv(w.strides(), w.pads(), w.pads(), w.dilations(), groups);
    return weighted(l, conv, x, w, p.getNumOutput(), x.dim(1) / groups);
  }

  private static Operand deconvolution(CaffeLayer l, Operand x, int groups) {
    ConvolutionParameter p = l.proto().getConvolutionParam();
    Windows w = Windows.of(p, x);
    List<Long> none = Collections.nCopies(w.kernel().size(), 0L);
    ConvTranspose conv =
        new ConvTranspose(w.strides(), w.pads(), w.pads(), w.dilations(), none, groups);
    return weighted(l, conv, x, w, x.dim(1), p.getNumOutput() / groups);
  }

  private static Operand weighted(
      CaffeLayer l, Op conv, Operand x, Windows w, long outer, long inner) {
    ConvolutionParameter p = l.proto().getConvolutionParam();
    List<Long> extents = new ArrayList<>(List.of(outer, inner));
    extents.addAll(w.kernel());
    Operand weights = l.weights(0, Shape.of(extents), p.hasWeightFiller(), p.getWeightFiller());
    if (!p.getBiasTerm()) {
      return l.emit(conv, x, weights);
    }
    Operand bias = l.weights(1, Shape.of(p.getNumOutput()), p.hasBiasFiller(), p.getBiasFiller());
    return l.emit(conv, x, weights, bias);
  }

  /** The windows' elements as channels. */
  private static Operand im2col(CaffeLayer l) {
    Operand x = l.in(0);
    Windows w = Windows.of(l.proto().getConvolutionParam(), x);
    List<Long> extents = new ArrayList<>(List.of(x.dim(0), -1L));
    for (int i = 0; i < w.kernel().size(); i++) {
      long reach = w.dilations().get(i) * (w.kernel().get(i) - 1) + 1;
      long room = x.dim(i + 2) + 2 * w.pads().get(i) - reach;
      require(room >= 0, "a window of %d does not fit %s", reach, x.type());
      extents.add(room / w.strides().get(i) + 1);
    }
    List<Operand> parts = taps(l, PoolingLayers.padded(l, x, w.pads(), w.pads(), 0), w, extents);
    extents.set(1, Math.multiplyExact(x.dim(1), (long) parts.size()));
    return l.reshape(l.concat(parts, 2), Shape.of(extents));
  }

  /**
   * What each position of a window reads: for every element of the kernel one [N,C,1,spatial..].
   *
   * @param out extents of the result; batch and channels are not looked at
   */
  static List<Operand> taps(CaffeLayer l, Operand x, Windows w, List<Long> out) {
    long count = 1;
    for (long k : w.kernel()) {
      count = Math.multiplyExact(count, k);
    }
    require(count <= MOST_WINDOW, "windows of %d elements", count);
    List<Operand> parts = new ArrayList<>();
    for (long tap = 0; tap < count; tap++) {
      List<Long> starts = new ArrayList<>(Collections.nCopies(x.rank(), 0L));
      List<Long> sizes = CaffeLayer.extents(x);
      List<Long> steps = new ArrayList<>(Collections.nCopies(x.rank(), 1L));
      long rest = tap;
      for (int i = w.kernel().size() - 1; i >= 0; i--) {
        starts.set(i + 2, rest % w.kernel().get(i) * w.dilations().get(i));
        sizes.set(i + 2, out.get(i + 2));
        steps.set(i + 2, w.strides().get(i));
        rest /= w.kernel().get(i);
      }
      List<Long> shape = new ArrayList<>(sizes);
      shape.add(2, 1L);
      parts.add(l.reshape(l.emit(new Slice(starts, sizes, steps), x), Shape.of(shape)));
    }
    return parts;
  }
}
