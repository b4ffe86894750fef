package dev.nncc.passes;

import dev.nncc.graph.DType;
import dev.nncc.graph.Graph;
import dev.nncc.graph.GraphBuilder;
import dev.nncc.graph.Op;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.BatchNorm;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.MatMul;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.LongToDoubleFunction;

/**
 * Builds the graphs of tests. Numbers are f64, so that a wrong rewrite differs by far more than
 * other rounding does.
 */
public final class Model {
  private final GraphBuilder graph = new GraphBuilder("test");
  private final Random random = new Random(7);
  private final DType dtype;
  private int nodes;

  public Model() {
    this(DType.F64);
  }

  public Model(DType dtype) {
    this.dtype = dtype;
  }

  public Value input(String name, long... extents) {
    return graph.input(name, TensorType.of(dtype, extents));
  }

  public Value input(String name, TensorType type) {
    return graph.input(name, type);
  }

  /** Random numbers from 0.5 to 1.5: also fit for variances. */
  public Value weight(long... extents) {
    TensorBuilder b = new TensorBuilder(TensorType.of(dtype, extents));
    for (long i = 0; i < Shape.of(extents).elements(); i++) {
      b.set(i, 0.5 + random.nextDouble());
    }
    return graph.constant(b.build());
  }

  /** A constant of numbers by their index. */
  public Value constant(Shape shape, LongToDoubleFunction number) {
    TensorBuilder b = new TensorBuilder(new TensorType(dtype, shape));
    for (long i = 0; i < shape.elements(); i++) {
      b.set(i, number.applyAsDouble(i));
    }
    return graph.constant(b.build());
  }

  public Value scalar(double number) {
    return graph.constant(Tensor.filled(TensorType.of(dtype), number));
  }

  public Value filled(double number, long... extents) {
    return graph.constant(Tensor.filled(TensorType.of(dtype, extents), number));
  }

  public Value longs(long... numbers) {
    return graph.constant(Tensor.ofLongs(Shape.of(numbers.length), numbers));
  }

  public Value op(Op op, Value... operands) {
    return graph.add(Origin.of("n" + nodes++, op.name()), op, operands);
  }

  public Value named(String name, Op op, Value... operands) {
    return graph.add(Origin.of(name, op.name()), List.of(name), op, List.of(operands)).get(0);
  }

  public List<Value> ops(Op op, Value... operands) {
    return graph.add(Origin.of("n" + nodes++, op.name()), List.of(), op, List.of(operands));
  }

  public Value op(ElementwiseKind kind, Value... operands) {
    return op(Elementwise.of(kind), operands);
  }

  public Value add(Value a, Value b) {
    return op(ElementwiseKind.ADD, a, b);
  }

  public Value mul(Value a, Value b) {
    return op(ElementwiseKind.MUL, a, b);
  }

  public Value relu(Value x) {
    return op(ElementwiseKind.RELU, x);
  }

  public Value matmul(Value a, Value b) {
    return op(new MatMul(false, false), a, b);
  }

  /** With a kernel of odd extent, padded to keep the shape. */
  public Value conv(Value x, long channels, long kernel) {
    return op(convOp(x, kernel), x, kernelOf(x, channels, kernel));
  }

  public Value convBias(Value x, long channels, long kernel) {
    return op(convOp(x, kernel), x, kernelOf(x, channels, kernel), weight(channels));
  }

  private Value kernelOf(Value x, long channels, long kernel) {
    long[] extents = new long[x.shape().rank()];
    java.util.Arrays.fill(extents, kernel);
    extents[0] = channels;
    extents[1] = x.type().dim(1);
    return weight(extents);
  }

  public static Conv convOp(Value x, long kernel) {
    int n = x.shape().rank() - 2;
    List<Long> ones = Collections.nCopies(n, 1L);
    List<Long> pads = Collections.nCopies(n, kernel / 2);
    return new Conv(ones, pads, pads, ones, 1);
  }

  public Value batchNorm(Value x) {
    long c = x.type().dim(1);
    return op(new BatchNorm(1e-3), x, weight(c), weight(c), weight(c), weight(c));
  }

  /** Ends with these values as outputs y0, y1, .. */
  public Graph build(Value... outputs) {
    for (int i = 0; i < outputs.length; i++) {
      graph.output("y" + i, outputs[i]);
    }
    return graph.build();
  }
}
