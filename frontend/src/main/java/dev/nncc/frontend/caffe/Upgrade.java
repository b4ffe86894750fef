package dev.nncc.frontend.caffe;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.caffe.proto.BlobShape;
import dev.nncc.frontend.caffe.proto.InputParameter;
import dev.nncc.frontend.caffe.proto.LayerParameter;
import dev.nncc.frontend.caffe.proto.NetParameter;
import dev.nncc.frontend.caffe.proto.TransformationParameter;
import dev.nncc.frontend.caffe.proto.V1LayerParameter;
import dev.nncc.frontend.caffe.proto.V1LayerParameter.LayerType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Networks of all generations as layers of the newest one, the network's inputs among them. */
final class Upgrade {
  /** Extents of an input in the oldest form. */
  private static final int INPUT_DIMS = 4;

  /** Names of types that are not their enum's in camel case. */
  private static final Map<String, String> NAMES =
      new TreeMap<>(
          Map.of(
              "ABSVAL", "AbsVal",
              "ARGMAX", "ArgMax",
              "BNLL", "BNLL",
              "HDF5_DATA", "HDF5Data",
              "HDF5_OUTPUT", "HDF5Output",
              "LRN", "LRN",
              "MVN", "MVN",
              "RELU", "ReLU",
              "SOFTMAX_LOSS", "SoftmaxWithLoss",
              "TANH", "TanH"));

  private Upgrade() {}

  /** The layers in order; inputs that the network itself declares come first. */
  static List<LayerParameter> layers(NetParameter net) {
    require(
        net.getLayerCount() == 0 || net.getLayersCount() == 0,
        "the network has both 'layer' and 'layers'; use one of them");
    List<LayerParameter> out = new ArrayList<>(inputs(net));
    out.addAll(net.getLayerList());
    for (V1LayerParameter l : UpgradeV0.layers(net.getLayersList())) {
      out.add(ofV1(l));
    }
    return out.stream().map(Upgrade::transformation).toList();
  }

  private static List<LayerParameter> inputs(NetParameter net) {
    List<LayerParameter> out = new ArrayList<>();
    int inputs = net.getInputCount();
    require(
        net.getInputDimCount() == 0 || net.getInputDimCount() == INPUT_DIMS * inputs,
        "%d values of input_dim for %d inputs: each has %d",
        net.getInputDimCount(),
        inputs,
        INPUT_DIMS);
    require(
        net.getInputShapeCount() == 0 || net.getInputShapeCount() == inputs,
        "%d of input_shape for %d inputs",
        net.getInputShapeCount(),
        inputs);
    for (int i = 0; i < inputs; i++) {
      InputParameter.Builder shape = InputParameter.newBuilder();
      if (net.getInputShapeCount() > 0) {
        shape.addShape(net.getInputShape(i));
      } else if (net.getInputDimCount() > 0) {
        int from = INPUT_DIMS * i;
        shape.addShape(
            BlobShape.newBuilder()
                .addAllDim(net.getInputDimList().subList(from, from + INPUT_DIMS)));
      }
      out.add(input(net.getInput(i), shape.build()));
    }
    return out;
  }

  /** A layer that gives a value to the network. */
  static LayerParameter input(String name, InputParameter shape) {
    return LayerParameter.newBuilder()
        .setName(name)
        .setType(NetLayers.INPUT)
        .addTop(name)
        .setInputParam(shape)
        .build();
  }

  private static LayerParameter ofV1(V1LayerParameter l) {
    LayerParameter.Builder b =
        LayerParameter.newBuilder()
            .setName(l.getName())
            .setType(type(l.getType()))
            .addAllBottom(l.getBottomList())
            .addAllTop(l.getTopList())
            .addAllLossWeight(l.getLossWeightList())
            .addAllInclude(l.getIncludeList())
            .addAllExclude(l.getExcludeList());
    // Parameters have the same names in both, and the same messages.
    l.getAllFields()
        .forEach(
            (field, value) -> {
              var same = LayerParameter.getDescriptor().findFieldByName(field.getName());
              if (field.getName().endsWith("_param") && same != null) {
                b.setField(same, value);
              }
            });
    return b.build();
  }

  private static String type(LayerType type) {
    String known = NAMES.get(type.name());
    if (known != null) {
      return known;
    }
    StringBuilder s = new StringBuilder();
    for (String word : type.name().split("_", -1)) {
      s.append(word.charAt(0)).append(word.substring(1).toLowerCase(Locale.ROOT));
    }
    return s.toString();
  }

  /** Before {@code transform_param}, layers of data had its fields in their own message. */
  private static LayerParameter transformation(LayerParameter l) {
    TransformationParameter.Builder t = l.getTransformParam().toBuilder();
    if (l.hasDataParam()) {
      var p = l.getDataParam();
      move(t, p.hasScale(), p.getScale(), p.getMeanFile(), p.getCropSize());
    } else if (l.hasImageDataParam()) {
      var p = l.getImageDataParam();
      move(t, p.hasScale(), p.getScale(), p.getMeanFile(), p.getCropSize());
    } else {
      return l;
    }
    return l.toBuilder().setTransformParam(t).build();
  }

  private static void move(
      TransformationParameter.Builder t, boolean scaled, float scale, String mean, long crop) {
    if (scaled) {
      t.setScale(scale);
    }
    if (!mean.isEmpty()) {
      t.setMeanFile(mean);
    }
    if (crop != 0) {
      t.setCropSize(crop);
    }
  }
}
