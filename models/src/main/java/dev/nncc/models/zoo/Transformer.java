package dev.nncc.models.zoo;

import static dev.nncc.models.onnx.Attributes.integer;
import static dev.nncc.models.onnx.Attributes.integers;

import dev.nncc.frontend.onnx.proto.TensorProto.DataType;
import java.util.ArrayList;
import java.util.List;

/**
 * Layers of transformers, each decomposed into the elementary operators that exporters write for
 * it. Sequences are N x T x C (batch, position, channel); split into heads they are N x H x T x D.
 */
record Transformer(Net net) {
  /** Rows of a table, one for each of the int64 indices, whose shape is given. */
  Value embedding(Value table, String indices, long... shape) {
    String rows = net.graph().node("Gather", List.of(table.name(), indices), integer("axis", 0));
    List<Long> result = new ArrayList<>(Net.box(shape));
    result.add((long) table.dim(1));
    return new Value(rows, result, table.moments());
  }

  /** A table of random rows. */
  Value table(String name, int rows, int channels, double deviation) {
    net.parameter(
        name, net.weights().normal(name, (long) rows * channels, 0, deviation), rows, channels);
    return new Value(name, Net.box(rows, channels), new Moments(0, deviation * deviation));
  }

  /**
   * Fully connected along the last axis, to a root mean square of about {@code gain}: MatMul with a
   * K x N weight, then Add.
   */
  Value dense(String name, Value x, int out, double gain) {
    int in = x.dim(-1);
    double deviation = gain / Math.sqrt(in * x.moments().meanSquare());
    String weightName = name + ".weight";
    String weight =
        net.parameter(
            weightName, net.weights().normal(weightName, (long) in * out, 0, deviation), in, out);
    List<Long> shape = new ArrayList<>(x.shape());
    shape.set(shape.size() - 1, (long) out);
    String product = net.graph().node("MatMul", List.of(x.name(), weight));
    String sum = net.graph().node("Add", List.of(net.bias(name, out, 0.1 * gain), product));
    return new Value(sum, shape, new Moments(0, gain * gain));
  }

  /** (x - mean) / sqrt(variance + epsilon) * weight + bias along the last axis, in nine nodes. */
  Value layerNorm(String name, Value x, double epsilon) {
    int n = x.dim(-1);
    String mean = mean(x.name());
    String centred = net.graph().node("Sub", List.of(x.name(), mean));
    String square = net.graph().node("Pow", List.of(centred, net.constant(2)));
    String variance = mean(square);
    String guarded = net.graph().node("Add", List.of(variance, net.constant(epsilon)));
    String deviation = net.graph().node("Sqrt", List.of(guarded));
    String normal = net.graph().node("Div", List.of(centred, deviation));
    String weight =
        net.parameter(name + ".weight", net.weights().uniform(name + ".weight", n, 0.8, 1.2), n);
    String scaled = net.graph().node("Mul", List.of(normal, weight));
    String shifted = net.graph().node("Add", List.of(scaled, net.bias(name, n, 0.1)));
    return new Value(shifted, x.shape(), Moments.STANDARD);
  }

  /** x (1 + erf(x / sqrt 2)) / 2. */
  Value gelu(Value x) {
    String scaled = net.graph().node("Div", List.of(x.name(), net.constant(Math.sqrt(2))));
    String erf = net.graph().node("Erf", List.of(scaled));
    String shifted = net.graph().node("Add", List.of(erf, net.constant(1)));
    String gated = net.graph().node("Mul", List.of(x.name(), shifted));
    String halved = net.graph().node("Mul", List.of(gated, net.constant(0.5)));
    return new Value(halved, x.shape(), x.moments().map(Transformer::gelu));
  }

  /** x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2: GELU as GPT-2 computes it. */
  Value tanhGelu(Value x) {
    String half = net.graph().node("Mul", List.of(x.name(), net.constant(0.5)));
    String cube = net.graph().node("Pow", List.of(x.name(), net.constant(3)));
    String small = net.graph().node("Mul", List.of(cube, net.constant(0.044715)));
    String sum = net.graph().node("Add", List.of(x.name(), small));
    String scaled = net.graph().node("Mul", List.of(sum, net.constant(Math.sqrt(2 / Math.PI))));
    String tanh = net.graph().node("Tanh", List.of(scaled));
    String shifted = net.graph().node("Add", List.of(tanh, net.constant(1)));
    String gated = net.graph().node("Mul", List.of(half, shifted));
    return new Value(gated, x.shape(), x.moments().map(Transformer::gelu));
  }

  /** N x T x C to N x T x H x D, the target shape computed from x's own. */
  Value splitHeads(Value x, int heads) {
    return net.reshape(
        x,
        net.shapes().extent(x.name(), 0, x.dim(0)),
        net.shapes().extent(x.name(), 1, x.dim(1)),
        Extent.of(heads),
        Extent.of(x.dim(2) / heads));
  }

  /** N x H x T x D back to N x T x C. */
  Value joinHeads(Value x) {
    Value y = net.transpose(x, 0, 2, 1, 3);
    return net.reshape(
        y,
        net.shapes().extent(y.name(), 0, y.dim(0)),
        net.shapes().extent(y.name(), 1, y.dim(1)),
        Extent.of((long) y.dim(2) * y.dim(3)));
  }

  /** Matrix product of the last two axes; the others agree. */
  Value matmul(Value a, Value b, Moments moments) {
    List<Long> shape = new ArrayList<>(a.shape());
    shape.set(shape.size() - 1, (long) b.dim(-1));
    return new Value(net.graph().node("MatMul", List.of(a.name(), b.name())), shape, moments);
  }

  /** x divided by a constant. */
  Value divided(Value x, double divisor) {
    String result = net.graph().node("Div", List.of(x.name(), net.constant(divisor)));
    return new Value(result, x.shape(), x.moments().map(v -> v / divisor));
  }

  /** Cast to float of an int64 or bool value. */
  String toFloat(String value) {
    return net.graph().node("Cast", List.of(value), integer("to", DataType.FLOAT.getNumber()));
  }

  private String mean(String value) {
    return net.graph()
        .node("ReduceMean", List.of(value), integers("axes", -1), integer("keepdims", 1));
  }

  private static double gelu(double x) {
    double inner = Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x);
    return x * (1 + StrictMath.tanh(inner)) / 2;
  }
}
