package dev.nncc.models.zoo;

import static dev.nncc.models.onnx.Attributes.integer;
import static dev.nncc.models.onnx.Attributes.integers;
import static dev.nncc.models.onnx.Attributes.real;

import dev.nncc.frontend.onnx.proto.TensorProto.DataType;
import dev.nncc.models.onnx.OnnxGraphBuilder;
import dev.nncc.models.onnx.TensorContent;
import java.util.ArrayList;
import java.util.List;

/**
 * A network under construction: layers with weights of their own, and the operators between them.
 * Every method adds its nodes and returns the result, with its shape and estimated {@link Moments}.
 * Images are N x C x H x W.
 *
 * <p>Layers draw weights such that their result has unit mean square if nothing else is said:
 * dividing by the estimate of the operand's keeps depth from adding up. Layers are named by the
 * caller as in a framework ({@code layer1.0.conv1}); parameters are that name with {@code .weight},
 * {@code .bias} and so on.
 */
final class Net extends Operators {
  private static final double NORM_EPSILON = 1e-5;

  private final Weights weights;

  Net(OnnxGraphBuilder graph, long seed) {
    super(graph);
    this.weights = new Weights(seed);
  }

  Weights weights() {
    return weights;
  }

  /** A float parameter. */
  String parameter(String name, TensorContent content, long... dims) {
    return graph().initializer(name, DataType.FLOAT, dims, content);
  }

  /**
   * Convolution to unit mean square; one without a bias (a normalisation follows) to a size of its
   * own between 0.6 and 1.5, so that the normalisation has something to do.
   */
  Value conv(String name, Value x, Conv c) {
    double gain = c.bias() ? 1 : weights.number(name + ".gain", 0.6, 1.5);
    return conv(name, x, c, gain);
  }

  /** Convolution whose result has about this root mean square. */
  Value conv(String name, Value x, Conv c, double gain) {
    int perGroup = x.dim(1) / c.groups();
    int fanIn = perGroup * c.kernelH() * c.kernelW();
    double length = gain / Math.sqrt(x.moments().meanSquare());
    List<String> operands = new ArrayList<>();
    operands.add(x.name());
    operands.add(
        parameter(
            name + ".weight",
            weights.rows(name + ".weight", c.out(), fanIn, length),
            c.out(),
            perGroup,
            c.kernelH(),
            c.kernelW()));
    if (c.bias()) {
      operands.add(bias(name, c.out(), 0.1 * gain));
    }
    String result =
        graph()
            .node(
                "Conv",
                operands,
                integers("dilations", 1, 1),
                integer("group", c.groups()),
                integers("kernel_shape", c.kernelH(), c.kernelW()),
                integers("pads", c.padH(), c.padW(), c.padH(), c.padW()),
                integers("strides", c.stride(), c.stride()));
    long h = (x.dim(2) + 2L * c.padH() - c.kernelH()) / c.stride() + 1;
    long w = (x.dim(3) + 2L * c.padW() - c.kernelW()) / c.stride() + 1;
    return new Value(result, box(x.dim(0), c.out(), h, w), Moments.of(0, gain * gain));
  }

  /** Transposed convolution, kernel equal to stride, so the image grows by that factor. Biased. */
  Value upsample(String name, Value x, int out, int factor) {
    int in = x.dim(1);
    double deviation = 1 / Math.sqrt(in * x.moments().meanSquare());
    long count = (long) in * out * factor * factor;
    String weight =
        parameter(
            name + ".weight",
            weights.normal(name + ".weight", count, 0, deviation),
            in,
            out,
            factor,
            factor);
    String result =
        graph()
            .node(
                "ConvTranspose",
                List.of(x.name(), weight, bias(name, out, 0.1)),
                integers("dilations", 1, 1),
                integer("group", 1),
                integers("kernel_shape", factor, factor),
                integers("pads", 0, 0, 0, 0),
                integers("strides", factor, factor));
    List<Long> shape = box(x.dim(0), out, (long) x.dim(2) * factor, (long) x.dim(3) * factor);
    return new Value(result, shape, Moments.STANDARD);
  }

  /** Batch normalisation in inference form. */
  Value batchNorm(String name, Value x) {
    return batchNorm(name, x, 1, NORM_EPSILON);
  }

  /** Batch normalisation to a root mean square of about {@code gain}. */
  Value batchNorm(String name, Value x, double gain, double epsilon) {
    int n = x.dim(1);
    double mean = x.moments().mean();
    double variance = x.moments().variance();
    double deviation = Math.sqrt(variance);
    List<String> operands =
        List.of(
            x.name(),
            parameter(
                name + ".weight", weights.uniform(name + ".weight", n, 0.8 * gain, 1.2 * gain), n),
            bias(name, n, 0.15 * gain),
            parameter(
                name + ".running_mean",
                weights.normal(name + ".running_mean", n, mean, 0.1 * deviation),
                n),
            parameter(
                name + ".running_var",
                weights.uniform(name + ".running_var", n, 0.8 * variance, 1.25 * variance),
                n));
    String result =
        graph()
            .node("BatchNormalization", operands, real("epsilon", epsilon), real("momentum", 0.9));
    // The spread of scale, shift, mean and variance adds six per cent to the square of the size.
    return new Value(result, x.shape(), Moments.of(0, 1.06 * gain * gain));
  }

  /** Fully connected layer on rows (N x K), to a root mean square of about {@code gain}. */
  Value linear(String name, Value x, int out, double gain) {
    int in = x.dim(1);
    double length = gain / Math.sqrt(x.moments().meanSquare());
    String weight =
        parameter(name + ".weight", weights.rows(name + ".weight", out, in, length), out, in);
    String result =
        graph()
            .node(
                "Gemm",
                List.of(x.name(), weight, bias(name, out, 0.1 * gain)),
                real("alpha", 1),
                real("beta", 1),
                integer("transB", 1));
    return new Value(result, box(x.dim(0), out), Moments.of(0, gain * gain));
  }

  String bias(String name, int n, double deviation) {
    return parameter(name + ".bias", weights.normal(name + ".bias", n, 0, deviation), n);
  }
}
