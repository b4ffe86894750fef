package dev.nncc.frontend.caffe;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.caffe.proto.BatchNormParameter;
import dev.nncc.frontend.caffe.proto.LRNParameter;
import dev.nncc.frontend.caffe.proto.LRNParameter.NormRegion;
import dev.nncc.frontend.caffe.proto.PoolingParameter.PoolMethod;
import dev.nncc.frontend.importing.Operand;
import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.op.BatchNorm;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Lrn;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.graph.op.Softmax;
import java.util.ArrayList;
import java.util.List;

/** Normalisation by statistics, stored ones or those of the operand itself. */
final class NormalisationLayers {
  private NormalisationLayers() {}

  static void addTo(LayerTable t) {
    t.one("BatchNorm", NormalisationLayers::batchNorm);
    t.one("BN", NormalisationLayers::bn);
    t.one("LRN", NormalisationLayers::lrn);
    t.one("MVN", NormalisationLayers::meanVariance);
    t.one("Normalize", NormalisationLayers::normalize);
    t.one(
        "Softmax",
        l ->
            l.emit(
                new Softmax(CaffeLayer.axis(l.proto().getSoftmaxParam().getAxis(), l.in(0).rank())),
                l.in(0)));
  }

  private static long channels(Operand x) {
    require(x.rank() >= 1, "%s has no channels", x.type());
    return x.rank() == 1 ? 1 : x.dim(1);
  }

  private static Operand batchNorm(CaffeLayer l) {
    Operand x = l.in(0);
    BatchNormParameter p = l.proto().getBatchNormParam();
    Shape perChannel = Shape.of(channels(x));
    List<Integer> batch = new ArrayList<>(CaffeLayer.range(0, x.rank()));
    batch.remove(Integer.valueOf(1));
    if (p.hasUseGlobalStats() && !p.getUseGlobalStats()) {
      return normalised(l, x, batch, p.getEps());
    }
    // The stored sums are those of a moving average; the third tensor is the sum of its weights.
    Tensor factor = l.weights(2, Shape.SCALAR).tensor();
    double weight = factor == null ? 0 : factor.reader().number(0);
    double scale = weight == 0 ? 0 : 1 / weight;
    Operand mean = l.affine(l.weights(0, perChannel), scale, 0);
    Operand variance = l.affine(l.weights(1, perChannel), scale, 0);
    boolean affine = p.getScaleBias() && l.blobs() >= 5;
    Operand ones = affine ? l.weights(3, perChannel) : l.filled(DType.F32, perChannel, 1);
    Operand zeros = affine ? l.weights(4, perChannel) : l.filled(DType.F32, perChannel, 0);
    return normalised(l, p.getEps(), x, ones, zeros, mean, variance);
  }

  private static Operand normalised(CaffeLayer l, double eps, Operand x, Operand... parameters) {
    List<Operand> operands =
        new ArrayList<>(List.of(x.rank() == 1 ? l.reshape(x, x.dim(0), 1) : x));
    operands.addAll(List.of(parameters));
    return l.reshape(l.emitAll(new BatchNorm(eps), operands).get(0), x.shape());
  }

  /** By statistics of the operand over some axes. */
  private static Operand normalised(CaffeLayer l, Operand x, List<Integer> axes, double eps) {
    Operand centred = l.sub(x, l.reduce(ReduceKind.MEAN, x, axes, true));
    Operand variance = l.reduce(ReduceKind.MEAN, l.mul(centred, centred), axes, true);
    return l.div(centred, l.apply(ElementwiseKind.SQRT, l.affine(variance, 1, eps)));
  }

  /**
   * Of SegNet and others: with two tensors a scale and a shift that hold the statistics, with four
   * the statistics follow them.
   */
  private static Operand bn(CaffeLayer l) {
    Operand x = l.in(0);
    Shape perChannel = Shape.of(channels(x));
    Operand scale = l.weights(0, perChannel);
    Operand shift = l.weights(1, perChannel);
    if (l.blobs() >= 4) {
      double eps = l.proto().getBnParam().getEps();
      return normalised(
          l, eps, x, scale, shift, l.weights(2, perChannel), l.weights(3, perChannel));
    }
    require(x.rank() >= 2, "%s has no channels", x.type());
    return l.add(l.mul(x, l.along(scale, x, 1, 1)), l.along(shift, x, 1, 1));
  }

  private static Operand lrn(CaffeLayer l) {
    Operand x = l.in(0);
    LRNParameter p = l.proto().getLrnParam();
    long size = p.getLocalSize();
    require(size % 2 == 1 && size >= 1 && size <= Integer.MAX_VALUE, "local_size is %d", size);
    if (p.getNormRegion() == NormRegion.ACROSS_CHANNELS) {
      return l.emit(new Lrn((int) size, p.getAlpha(), p.getBeta(), p.getK()), x);
    }
    require(x.rank() == 4, "windows within channels of %s", x.type());
    List<Long> kernel = List.of(size, size);
    List<Long> pads = List.of(size / 2, size / 2);
    Windows w = new Windows(kernel, List.of(1L, 1L), pads, List.of(1L, 1L));
    Operand squares = PoolingLayers.pool(l, PoolMethod.AVE, l.mul(x, x), w, true);
    Operand scale = l.affine(squares, p.getAlpha(), 1);
    return l.mul(x, l.apply(ElementwiseKind.POW, scale, l.number(DType.F32, -p.getBeta())));
  }

  private static Operand meanVariance(CaffeLayer l) {
    Operand x = l.in(0);
    var p = l.proto().getMvnParam();
    require(x.rank() >= 3, "%s has no spatial axes", x.type());
    List<Integer> axes = CaffeLayer.range(p.getAcrossChannels() ? 1 : 2, x.rank());
    Operand centred = l.sub(x, l.reduce(ReduceKind.MEAN, x, axes, true));
    if (!p.getNormalizeVariance()) {
      return centred;
    }
    Operand variance = l.reduce(ReduceKind.MEAN, l.mul(centred, centred), axes, true);
    return l.div(centred, l.affine(l.apply(ElementwiseKind.SQRT, variance), 1, p.getEps()));
  }

  /** Each position's vector of channels, or the whole picture, gets the length of the scale. */
  private static Operand normalize(CaffeLayer l) {
    Operand x = l.in(0);
    var p = l.proto().getNormParam();
    require(x.rank() >= 2, "%s has no channels", x.type());
    List<Integer> axes = CaffeLayer.range(1, p.getAcrossSpatial() ? x.rank() : 2);
    Operand squares = l.reduce(ReduceKind.SUM, l.mul(x, x), axes, true);
    Operand norm = l.apply(ElementwiseKind.SQRT, l.affine(squares, 1, p.getEps()));
    boolean shared = p.getChannelShared();
    Operand scale =
        l.weights(0, Shape.of(shared ? 1 : x.dim(1)), p.hasScaleFiller(), p.getScaleFiller());
    return l.mul(l.div(x, norm), shared ? scale : l.along(scale, x, 1, 1));
  }
}
