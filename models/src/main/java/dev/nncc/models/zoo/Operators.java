package dev.nncc.models.zoo;

import static dev.nncc.models.onnx.Attributes.integer;
import static dev.nncc.models.onnx.Attributes.integers;
import static dev.nncc.models.onnx.Attributes.real;
import static dev.nncc.models.onnx.Attributes.tensor;

import dev.nncc.frontend.onnx.proto.AttributeProto;
import dev.nncc.frontend.onnx.proto.TensorProto.DataType;
import dev.nncc.models.onnx.OnnxGraphBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/**
 * A graph under construction, with the operators that have no weights. Every method adds its nodes
 * and returns the result, with its shape and estimated {@link Moments}.
 */
abstract class Operators {
  private final OnnxGraphBuilder graph;

  Operators(OnnxGraphBuilder graph) {
    this.graph = graph;
  }

  OnnxGraphBuilder graph() {
    return graph;
  }

  /** Shape arithmetic in the graph. */
  Shapes shapes() {
    return new Shapes(this);
  }

  // Inputs, outputs, constants

  /** A float input of unit size around zero, as normalised images are. */
  Value input(String name, long... dims) {
    return new Value(graph.input(name, DataType.FLOAT, dims), box(dims), Moments.STANDARD);
  }

  /** Declares a float value an output, under a name of its own. */
  void output(String name, Value value) {
    graph.namedNode(name, "Identity", List.of(value.name()));
    graph.output(name, DataType.FLOAT, value.dims());
  }

  /** A scalar float from a Constant node. */
  String constant(double value) {
    return graph.node("Constant", List.of(), tensor("value", new long[0], (float) value));
  }

  /** A one-dimensional int64 tensor from a Constant node. */
  String indices(long... values) {
    return graph.node("Constant", List.of(), tensor("value", new long[] {values.length}, values));
  }

  /** An int64 scalar from a Constant node. */
  String index(long value) {
    return graph.node("Constant", List.of(), tensor("value", new long[0], new long[] {value}));
  }

  // Activations

  Value relu(Value x) {
    return unary("Relu", x, v -> Math.max(v, 0));
  }

  Value relu6(Value x) {
    String result = graph.node("Clip", List.of(x.name(), constant(0), constant(6)));
    return new Value(result, x.shape(), x.moments().map(v -> Math.min(Math.max(v, 0), 6)));
  }

  Value sigmoid(Value x) {
    return unary("Sigmoid", x, Operators::logistic);
  }

  Value hardSigmoid(Value x) {
    return unary(
        "HardSigmoid", x, Operators::hardLogistic, real("alpha", 1.0 / 6), real("beta", 0.5));
  }

  /** As exporters write it: a product of x and its sigmoid. */
  Value silu(Value x) {
    Value gated = mul(x, sigmoid(x));
    return gated.with(x.moments().map(v -> v * logistic(v)));
  }

  /** As exporters write it before operator set 14: a product of x and its hard sigmoid. */
  Value hardSwish(Value x) {
    Value gated = mul(x, hardSigmoid(x));
    return gated.with(x.moments().map(v -> v * hardLogistic(v)));
  }

  Value tanh(Value x) {
    return unary("Tanh", x, StrictMath::tanh);
  }

  /** Softmax along the last axis. */
  Value softmax(Value x) {
    String result = graph.node("Softmax", List.of(x.name()), integer("axis", -1));
    double mean = 1.0 / x.dim(-1);
    return new Value(result, x.shape(), new Moments(mean, 3 * mean * mean));
  }

  Value unary(String op, Value x, DoubleUnaryOperator function, AttributeProto... attributes) {
    return new Value(
        graph.node(op, List.of(x.name()), attributes), x.shape(), x.moments().map(function));
  }

  // Arithmetic between values, data movement

  Value add(Value a, Value b) {
    return new Value(
        graph.node("Add", List.of(a.name(), b.name())), a.shape(), a.moments().plus(b.moments()));
  }

  /** Product; {@code b} may broadcast over {@code a}. */
  Value mul(Value a, Value b) {
    return new Value(
        graph.node("Mul", List.of(a.name(), b.name())), a.shape(), a.moments().times(b.moments()));
  }

  /** Joins along an axis. */
  Value concat(int axis, List<Value> parts) {
    long extent = 0;
    double mean = 0;
    double meanSquare = 0;
    for (Value part : parts) {
      extent += part.dim(axis);
      mean += part.dim(axis) * part.moments().mean();
      meanSquare += part.dim(axis) * part.moments().meanSquare();
    }
    List<Long> shape = new ArrayList<>(parts.get(0).shape());
    shape.set(axis, extent);
    String result =
        graph.node("Concat", parts.stream().map(Value::name).toList(), integer("axis", axis));
    return new Value(result, shape, new Moments(mean / extent, meanSquare / extent));
  }

  /** Two halves along the channels. */
  List<Value> halves(Value x) {
    long half = x.dim(1) / 2;
    List<String> names =
        graph.nodes("Split", List.of(x.name(), indices(half, half)), 2, integer("axis", 1));
    List<Long> shape = new ArrayList<>(x.shape());
    shape.set(1, half);
    return names.stream().map(name -> new Value(name, shape, x.moments())).toList();
  }

  Value transpose(Value x, int... order) {
    long[] perm = new long[order.length];
    List<Long> shape = new ArrayList<>();
    for (int i = 0; i < order.length; i++) {
      perm[i] = order[i];
      shape.add((long) x.dim(order[i]));
    }
    String result = graph.node("Transpose", List.of(x.name()), integers("perm", perm));
    return new Value(result, shape, x.moments());
  }

  /** Dropout left in by an export in training form; does nothing in inference. */
  Value dropout(Value x, double ratio) {
    return new Value(
        graph.node("Dropout", List.of(x.name(), constant(ratio))), x.shape(), x.moments());
  }

  Value identity(Value x) {
    return new Value(graph.node("Identity", List.of(x.name())), x.shape(), x.moments());
  }

  // Windows

  Value maxPool(Value x, Pool p) {
    String result =
        graph.node(
            "MaxPool",
            List.of(x.name()),
            integer("ceil_mode", p.ceil() ? 1 : 0),
            integers("kernel_shape", p.kernel(), p.kernel()),
            integers("pads", p.pad(), p.pad(), p.pad(), p.pad()),
            integers("strides", p.stride(), p.stride()));
    return pooled(result, x, p, x.moments().maximum(p.kernel() * p.kernel()));
  }

  /** Average pooling; padding counts as zeros. */
  Value averagePool(Value x, Pool p) {
    String result =
        graph.node(
            "AveragePool",
            List.of(x.name()),
            integer("ceil_mode", p.ceil() ? 1 : 0),
            integer("count_include_pad", 1),
            integers("kernel_shape", p.kernel(), p.kernel()),
            integers("pads", p.pad(), p.pad(), p.pad(), p.pad()),
            integers("strides", p.stride(), p.stride()));
    return pooled(result, x, p, x.moments().averaged(p.kernel() * p.kernel()));
  }

  Value globalAveragePool(Value x) {
    return new Value(
        graph.node("GlobalAveragePool", List.of(x.name())),
        box(x.dim(0), x.dim(1), 1, 1),
        // Deep in a network most of a channel's size is the same everywhere, so it survives the
        // mean.
        Moments.of(x.moments().mean(), 0.7 * x.moments().variance()));
  }

  /** Local response normalisation across {@code size} channels. */
  Value lrn(Value x, int size, double alpha, double beta) {
    String result =
        graph.node(
            "LRN",
            List.of(x.name()),
            real("alpha", alpha),
            real("beta", beta),
            real("bias", 1),
            integer("size", size));
    return new Value(result, x.shape(), x.moments());
  }

  private static Value pooled(String name, Value x, Pool p, Moments moments) {
    return new Value(
        name, box(x.dim(0), x.dim(1), p.extent(x.dim(2)), p.extent(x.dim(3))), moments);
  }

  // Shapes

  /** N x (everything else), by the Flatten operator. */
  Value flatten(Value x) {
    long rest = elements(x) / x.dim(0);
    return new Value(
        graph.node("Flatten", List.of(x.name()), integer("axis", 1)),
        box(x.dim(0), rest),
        x.moments());
  }

  /** N x (everything else), by shape arithmetic: the extent of axis 0 joined with -1. */
  Value flattenByShape(Value x) {
    return reshape(x, shapes().extent(x.name(), 0, x.dim(0)), Extent.rest(elements(x) / x.dim(0)));
  }

  /** Reshape to extents of which some are computed: each is unsqueezed, all are joined. */
  Value reshape(Value x, Extent... extents) {
    List<Long> shape = new ArrayList<>();
    for (Extent extent : extents) {
      shape.add(extent.number());
    }
    return new Value(
        graph.node("Reshape", List.of(x.name(), shapes().list(extents))), shape, x.moments());
  }

  static List<Long> box(long... dims) {
    List<Long> shape = new ArrayList<>();
    for (long dim : dims) {
      if (dim < 1) {
        throw new IllegalArgumentException("the input is too small for this model");
      }
      shape.add(dim);
    }
    return shape;
  }

  private static long elements(Value x) {
    return x.shape().stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
  }

  private static double logistic(double x) {
    return 1 / (1 + StrictMath.exp(-x));
  }

  private static double hardLogistic(double x) {
    return Math.min(Math.max(x / 6 + 0.5, 0), 1);
  }
}
