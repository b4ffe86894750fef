package dev.nncc.models.zoo;

import dev.nncc.models.onnx.OnnxGraphBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Standard architectures with random weights, as ONNX files.
 *
 * <pre>{@code
 * Zoo.write("resnet50", ZooOptions.defaults(), Path.of("resnet50.onnx"));
 * }</pre>
 *
 * <p>The weights recognise nothing; they are scaled so that activations stay of about unit size and
 * the outputs depend on the input. Classifiers end in a Softmax.
 */
public final class Zoo {
  private static final long OPSET = 13;

  private static final List<Architecture> ARCHITECTURES =
      List.of(
          new LeNet(),
          new AlexNet(),
          new Vgg19(),
          new SqueezeNet(),
          new GoogLeNet(),
          new InceptionV3(),
          new ResNet("resnet18", List.of(2, 2, 2, 2), false, false),
          new ResNet("resnet50", List.of(3, 4, 6, 3), true, false),
          new ResNet("resnet152", List.of(3, 8, 36, 3), true, false),
          new ResNet("resnet50-v1", List.of(3, 4, 6, 3), true, true),
          new ResNet("resnet152-v1", List.of(3, 8, 36, 3), true, true),
          new DenseNet121(),
          new MobileNetV1(),
          new MobileNetV2(),
          new MobileNetV3Small(),
          new ShuffleNetV2(),
          new EfficientNetB0(),
          new UNet(),
          new Bert(),
          new GptStep(),
          Recurrent.lstm(),
          Recurrent.gru());

  private Zoo() {}

  /** All models, in the order of their age and family. */
  public static List<String> names() {
    return ARCHITECTURES.stream().map(Architecture::name).toList();
  }

  /** One line about a model. */
  public static String summary(String name) {
    return find(name).summary();
  }

  /** What {@link ZooOptions#dims} may set for a model, with the defaults. */
  public static Map<String, Long> dims(String name) {
    return new TreeMap<>(find(name).dims());
  }

  /**
   * Writes a model, replacing what the file held.
   *
   * @throws IllegalArgumentException for an unknown model or dimension, or a dimension too small to
   *     build
   */
  public static void write(String name, ZooOptions options, Path file) throws IOException {
    build(name, options).write(file);
  }

  /** The model before it's written. */
  static OnnxGraphBuilder build(String name, ZooOptions options) {
    Architecture architecture = find(name);
    Dims dims = Dims.of(name, architecture.dims(), options.dims());
    OnnxGraphBuilder graph = new OnnxGraphBuilder(name, OPSET);
    architecture.build(new Net(graph, options.seed()), dims);
    if (options.openBatch()) {
      graph.openLeadingDim("batch");
    }
    return graph;
  }

  private static Architecture find(String name) {
    return ARCHITECTURES.stream()
        .filter(architecture -> architecture.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no zoo model '%s'; there are %s".formatted(name, String.join(", ", names()))));
  }
}
