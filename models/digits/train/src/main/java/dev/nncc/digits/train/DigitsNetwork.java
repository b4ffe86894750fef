package dev.nncc.digits.train;

import static dev.nncc.models.onnx.Attributes.integer;
import static dev.nncc.models.onnx.Attributes.integers;
import static dev.nncc.models.onnx.Attributes.real;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.pooling.Pool;
import dev.nncc.frontend.onnx.proto.TensorProto.DataType;
import dev.nncc.models.onnx.OnnxGraphBuilder;
import dev.nncc.models.onnx.TensorContent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The digits network, said twice: as blocks to train and as ONNX nodes to write. A convolution; a
 * fork into a 1x1 and a 1x1 followed by a 3x3, joined; a residual pair of 3x3; a strided 3x3; the
 * mean of each channel; ten scores. Every convolution is batch-normalised. 35 thousand parameters.
 */
final class DigitsNetwork {
  static final int SIZE = 28;

  private static final float EPSILON = 1e-5f;

  /** A convolution without bias and the normalisation that follows it. */
  private record Unit(
      String name, Conv2d conv, BatchNorm norm, int in, int out, int kernel, int stride) {
    static Unit of(String name, int in, int out, int kernel, int stride) {
      int pad = kernel / 2;
      Conv2d conv =
          Conv2d.builder()
              .setKernelShape(new Shape(kernel, kernel))
              .setFilters(out)
              .optStride(new Shape(stride, stride))
              .optPadding(new Shape(pad, pad))
              .optBias(false)
              .build();
      BatchNorm norm = BatchNorm.builder().optEpsilon(EPSILON).build();
      return new Unit(name, conv, norm, in, out, kernel, stride);
    }

    SequentialBlock block() {
      return new SequentialBlock().add(conv).add(norm);
    }

    SequentialBlock blockWithRelu() {
      return block().add(Activation::relu);
    }
  }

  private final Unit stem = Unit.of("stem", 1, 16, 3, 1);
  private final Unit point = Unit.of("fork.point", 16, 12, 1, 1);
  private final Unit reduce = Unit.of("fork.reduce", 16, 8, 1, 1);
  private final Unit wide = Unit.of("fork.wide", 8, 20, 3, 1);
  private final Unit first = Unit.of("residual.first", 32, 32, 3, 1);
  private final Unit second = Unit.of("residual.second", 32, 32, 3, 1);
  private final Unit last = Unit.of("last", 32, 48, 3, 2);
  private final Linear scores = Linear.builder().setUnits(10).build();

  /** N x 1 x 28 x 28 to N x 10 scores (before the softmax, which the loss includes). */
  Block block() {
    SequentialBlock widened =
        new SequentialBlock().add(reduce.blockWithRelu()).add(wide.blockWithRelu());
    ParallelBlock fork =
        new ParallelBlock(
            parts -> new NDList(parts.get(0).head().concat(parts.get(1).head(), 1)),
            List.of(point.blockWithRelu(), widened));
    SequentialBlock pair = new SequentialBlock().add(first.blockWithRelu()).add(second.block());
    ParallelBlock residual =
        new ParallelBlock(
            parts -> new NDList(Activation.relu(parts.get(0).head().add(parts.get(1).head()))),
            List.of(pair, Blocks.identityBlock()));
    return new SequentialBlock()
        .add(stem.blockWithRelu())
        .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
        .add(fork)
        .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
        .add(residual)
        .add(last.blockWithRelu())
        .add(Pool.globalAvgPool2dBlock())
        .add(scores);
  }

  /** Writes the trained network with nothing fused, and how to make its input from a picture. */
  void write(Path file) throws IOException {
    OnnxGraphBuilder graph = new OnnxGraphBuilder("digits", 13);
    graph.metadata("nncc.image.layout", "NCHW");
    graph.metadata("nncc.image.mean", "127.5");
    graph.metadata("nncc.image.scale", Double.toString(1 / 127.5));
    graph.metadata(
        "nncc.labels",
        IntStream.range(0, 10).mapToObj(Integer::toString).collect(Collectors.joining("\n")));
    String x = graph.input("image", DataType.FLOAT, 1, 1, SIZE, SIZE);
    x = halved(graph, relu(graph, unit(graph, stem, x)));
    String left = relu(graph, unit(graph, point, x));
    String right = relu(graph, unit(graph, reduce, x));
    right = relu(graph, unit(graph, wide, right));
    x = halved(graph, graph.node("Concat", List.of(left, right), integer("axis", 1)));
    String y = unit(graph, second, relu(graph, unit(graph, first, x)));
    x = relu(graph, graph.node("Add", List.of(y, x)));
    x = relu(graph, unit(graph, last, x));
    x = graph.node("GlobalAveragePool", List.of(x));
    x = graph.node("Flatten", List.of(x), integer("axis", 1));
    String weight =
        parameter(graph, "scores.weight", scores, "weight", new long[] {10, last.out()});
    String bias = parameter(graph, "scores.bias", scores, "bias", new long[] {10});
    x = graph.node("Gemm", List.of(x, weight, bias), integer("transB", 1));
    x = graph.namedNode("probabilities", "Softmax", List.of(x), integer("axis", -1));
    graph.output(x, DataType.FLOAT, 1, 10);
    graph.write(file);
  }

  private static String unit(OnnxGraphBuilder graph, Unit u, String x) {
    long[] shape = {u.out(), u.in(), u.kernel(), u.kernel()};
    String weight = parameter(graph, u.name() + ".weight", u.conv(), "weight", shape);
    int pad = u.kernel() / 2;
    String y =
        graph.node(
            "Conv",
            List.of(x, weight),
            integers("kernel_shape", u.kernel(), u.kernel()),
            integers("pads", pad, pad, pad, pad),
            integers("strides", u.stride(), u.stride()));
    long[] channels = {u.out()};
    return graph.node(
        "BatchNormalization",
        List.of(
            y,
            parameter(graph, u.name() + ".norm.scale", u.norm(), "gamma", channels),
            parameter(graph, u.name() + ".norm.bias", u.norm(), "beta", channels),
            parameter(graph, u.name() + ".norm.mean", u.norm(), "runningMean", channels),
            parameter(graph, u.name() + ".norm.var", u.norm(), "runningVar", channels)),
        real("epsilon", EPSILON));
  }

  private static String relu(OnnxGraphBuilder graph, String x) {
    return graph.node("Relu", List.of(x));
  }

  private static String halved(OnnxGraphBuilder graph, String x) {
    return graph.node(
        "MaxPool", List.of(x), integers("kernel_shape", 2, 2), integers("strides", 2, 2));
  }

  private static String parameter(
      OnnxGraphBuilder graph, String name, Block block, String parameter, long[] shape) {
    float[] values = block.getParameters().get(parameter).getArray().toFloatArray();
    return graph.initializer(name, DataType.FLOAT, shape, TensorContent.of(values));
  }
}
