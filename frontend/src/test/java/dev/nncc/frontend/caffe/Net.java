package dev.nncc.frontend.caffe;

import com.google.protobuf.ByteString;
import dev.nncc.frontend.Importers;
import dev.nncc.frontend.caffe.proto.BlobShape;
import dev.nncc.frontend.caffe.proto.BlobWeights;
import dev.nncc.frontend.caffe.proto.LayerWeights;
import dev.nncc.frontend.caffe.proto.NetWeights;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.frontend.importing.ImportResult;
import dev.nncc.graph.DType;
import dev.nncc.graph.Evaluator;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Small networks written as text, with their weights. */
final class Net {
  private final StringBuilder text = new StringBuilder("name: \"small\"\n");
  private final NetWeights.Builder weights = NetWeights.newBuilder();
  private int inputs;

  static Net of() {
    return new Net();
  }

  /** A network of inputs x, y, z, .. and one layer that reads them and makes t. */
  static Net layer(String type, String parameters, long[]... shapes) {
    Net net = new Net();
    StringBuilder bottoms = new StringBuilder();
    for (long[] shape : shapes) {
      bottoms.append("bottom: \"").append(net.nextInput()).append("\" ");
      net.input(shape);
    }
    return net.text(
        "layer { name: \"l\" type: \"%s\" %s top: \"t\" %s }", type, bottoms, parameters);
  }

  private String nextInput() {
    return Character.toString((char) ('x' + inputs));
  }

  Net input(long... shape) {
    String name = nextInput();
    inputs++;
    StringBuilder dims = new StringBuilder();
    Arrays.stream(shape).forEach(d -> dims.append("dim: ").append(d).append(' '));
    return text(
        "layer { name: \"%s\" type: \"Input\" top: \"%s\" input_param { shape { %s } } }",
        name, name, dims);
  }

  @SuppressWarnings("AnnotateFormatMethod") // without arguments it is plain text
  Net text(String format, Object... args) {
    text.append(args.length == 0 ? format : String.format(format, args)).append('\n');
    return this;
  }

  /** Weights of the layer l. */
  Net weights(Tensor... tensors) {
    return weightsOf("l", tensors);
  }

  Net weightsOf(String layer, Tensor... tensors) {
    LayerWeights.Builder l = LayerWeights.newBuilder().setName(layer);
    Arrays.stream(tensors).forEach(t -> l.addBlobs(blob(t)));
    weights.addLayer(l);
    return this;
  }

  static BlobWeights blob(Tensor t) {
    BlobShape.Builder shape = BlobShape.newBuilder();
    Arrays.stream(t.shape().toArray()).forEach(shape::addDim);
    return BlobWeights.newBuilder()
        .setShape(shape)
        .addData(ByteString.copyFrom(t.payload().bytes()))
        .build();
  }

  Path write(Path folder) {
    try {
      Path beside = folder.resolve("net.caffemodel");
      Files.deleteIfExists(beside);
      if (weights.getLayerCount() > 0) {
        Files.write(beside, weights.build().toByteArray());
      }
      return Files.writeString(folder.resolve("net.prototxt"), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  ImportResult load(Path folder) {
    return Importers.importModel(write(folder), ImportOptions.NONE);
  }

  /** The results for inputs. */
  List<Tensor> run(Path folder, Tensor... data) {
    return Evaluator.evaluate(load(folder).graph(), List.of(data));
  }

  static long[] shape(long... extents) {
    return extents;
  }

  static Tensor floats(long[] shape, double... values) {
    return Tensor.of(new TensorType(DType.F32, Shape.of(shape)), values);
  }

  /** 0, 1, 2, .. */
  static Tensor counting(long... shape) {
    double[] values = new double[(int) Shape.of(shape).elements()];
    Arrays.setAll(values, i -> i);
    return floats(shape, values);
  }

  static Tensor random(long seed, long... shape) {
    Random random = new Random(seed);
    double[] values = new double[(int) Shape.of(shape).elements()];
    Arrays.setAll(values, i -> (float) random.nextGaussian());
    return floats(shape, values);
  }
}
