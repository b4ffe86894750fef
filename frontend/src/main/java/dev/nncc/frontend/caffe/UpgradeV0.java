package dev.nncc.frontend.caffe;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.caffe.proto.ConvolutionParameter;
import dev.nncc.frontend.caffe.proto.InnerProductParameter;
import dev.nncc.frontend.caffe.proto.LRNParameter;
import dev.nncc.frontend.caffe.proto.PoolingParameter;
import dev.nncc.frontend.caffe.proto.V0LayerParameter;
import dev.nncc.frontend.caffe.proto.V1LayerParameter;
import dev.nncc.frontend.caffe.proto.V1LayerParameter.LayerType;
import dev.nncc.graph.ModelException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The oldest layers as those of the next generation. There, padding was a layer in front of
 * convolutions and pooling, and one message had the parameters of all layers.
 */
final class UpgradeV0 {
  private static final String PADDING = "padding";

  private static final Map<String, LayerType> TYPES = types();

  private UpgradeV0() {}

  private static Map<String, LayerType> types() {
    Map<String, LayerType> m = new TreeMap<>();
    m.put("accuracy", LayerType.ACCURACY);
    m.put("bnll", LayerType.BNLL);
    m.put("concat", LayerType.CONCAT);
    m.put("conv", LayerType.CONVOLUTION);
    m.put("data", LayerType.DATA);
    m.put("dropout", LayerType.DROPOUT);
    m.put("euclidean_loss", LayerType.EUCLIDEAN_LOSS);
    m.put("flatten", LayerType.FLATTEN);
    m.put("hdf5_data", LayerType.HDF5_DATA);
    m.put("hdf5_output", LayerType.HDF5_OUTPUT);
    m.put("im2col", LayerType.IM2COL);
    m.put("images", LayerType.IMAGE_DATA);
    m.put("infogain_loss", LayerType.INFOGAIN_LOSS);
    m.put("innerproduct", LayerType.INNER_PRODUCT);
    m.put("lrn", LayerType.LRN);
    m.put("multinomial_logistic_loss", LayerType.MULTINOMIAL_LOGISTIC_LOSS);
    m.put("pool", LayerType.POOLING);
    m.put("relu", LayerType.RELU);
    m.put("sigmoid", LayerType.SIGMOID);
    m.put("softmax", LayerType.SOFTMAX);
    m.put("softmax_loss", LayerType.SOFTMAX_LOSS);
    m.put("split", LayerType.SPLIT);
    m.put("tanh", LayerType.TANH);
    m.put("window_data", LayerType.WINDOW_DATA);
    return m;
  }

  /** The same layers without any of the oldest form. */
  static List<V1LayerParameter> layers(List<V1LayerParameter> layers) {
    List<V1LayerParameter> out = new ArrayList<>();
    Map<String, V1LayerParameter> paddings = new LinkedHashMap<>();
    for (V1LayerParameter l : layers) {
      V1LayerParameter.Builder b = l.toBuilder();
      long pad = 0;
      for (int i = 0; i < l.getBottomCount(); i++) {
        V1LayerParameter padding = paddings.get(l.getBottom(i));
        if (padding != null) {
          require(
              l.getBottomCount() == 1 && List.of("conv", "pool").contains(l.getLayer().getType()),
              "layer '%s' reads the padding '%s', which convolutions and pooling alone can",
              name(l),
              name(padding));
          pad = padding.getLayer().getPad();
          b.setBottom(i, padding.getBottom(0));
        }
      }
      l.getTopList().forEach(paddings::remove);
      if (l.getLayer().getType().equals(PADDING)) {
        require(
            l.getBottomCount() == 1 && l.getTopCount() == 1,
            "padding layer '%s' needs one bottom and one top",
            name(l));
        paddings.put(l.getTop(0), b.build());
      } else {
        out.add(b.hasLayer() ? upgrade(b, pad) : b.build());
      }
    }
    return out;
  }

  private static String name(V1LayerParameter l) {
    return l.hasLayer() ? l.getLayer().getName() : l.getName();
  }

  private static V1LayerParameter upgrade(V1LayerParameter.Builder b, long padding) {
    V0LayerParameter old = b.getLayer();
    LayerType type = TYPES.get(old.getType());
    if (type == null) {
      throw new ModelException(
          "layer '"
              + old.getName()
              + "' has the type '"
              + old.getType()
              + "', unknown in its form");
    }
    b.clearLayer().setName(old.getName()).setType(type);
    long pad = old.hasPad() ? old.getPad() : padding;
    switch (type) {
      case CONVOLUTION -> b.setConvolutionParam(convolution(old, pad));
      case POOLING -> b.setPoolingParam(pooling(old, pad));
      case INNER_PRODUCT ->
          b.setInnerProductParam(
              InnerProductParameter.newBuilder()
                  .setNumOutput(old.getNumOutput())
                  .setBiasTerm(old.getBiasterm()));
      case LRN -> b.setLrnParam(lrn(old));
      case CONCAT -> {
        if (old.hasConcatDim()) {
          b.getConcatParamBuilder().setConcatDim(old.getConcatDim());
        }
      }
      case DATA, IMAGE_DATA, HDF5_DATA, WINDOW_DATA -> data(b, old, type);
      default -> {}
    }
    return b.build();
  }

  private static ConvolutionParameter convolution(V0LayerParameter old, long pad) {
    return ConvolutionParameter.newBuilder()
        .setNumOutput(old.getNumOutput())
        .setBiasTerm(old.getBiasterm())
        .addPad(pad)
        .addKernelSize(old.getKernelsize())
        .addStride(old.getStride())
        .setGroup(old.getGroup())
        .build();
  }

  private static PoolingParameter pooling(V0LayerParameter old, long pad) {
    return PoolingParameter.newBuilder()
        .setPool(old.getPool())
        .setPad(pad)
        .setKernelSize(old.getKernelsize())
        .setStride(old.getStride())
        .build();
  }

  private static LRNParameter lrn(V0LayerParameter old) {
    LRNParameter.Builder b = LRNParameter.newBuilder();
    if (old.hasLocalSize()) {
      b.setLocalSize(old.getLocalSize());
    }
    if (old.hasAlpha()) {
      b.setAlpha(old.getAlpha());
    }
    if (old.hasBeta()) {
      b.setBeta(old.getBeta());
    }
    if (old.hasK()) {
      b.setK(old.getK());
    }
    return b.build();
  }

  private static void data(V1LayerParameter.Builder b, V0LayerParameter old, LayerType type) {
    if (type == LayerType.IMAGE_DATA) {
      b.getImageDataParamBuilder()
          .setBatchSize(old.getBatchsize())
          .setNewHeight(old.getNewHeight())
          .setNewWidth(old.getNewWidth());
    } else if (type == LayerType.HDF5_DATA) {
      b.getHdf5DataParamBuilder().setBatchSize(old.getBatchsize());
    } else {
      b.getDataParamBuilder().setBatchSize(old.getBatchsize());
    }
    if (old.hasScale()) {
      b.getTransformParamBuilder().setScale(old.getScale());
    }
    if (old.hasMeanfile()) {
      b.getTransformParamBuilder().setMeanFile(old.getMeanfile());
    }
    if (old.hasCropsize()) {
      b.getTransformParamBuilder().setCropSize(old.getCropsize());
    }
  }
}
