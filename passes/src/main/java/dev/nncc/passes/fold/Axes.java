package dev.nncc.passes.fold;

import dev.nncc.graph.Payload;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.util.Optional;
import java.util.function.IntUnaryOperator;
import java.util.function.Supplier;

/** Constants that differ along one axis only. */
final class Axes {
  /** Numbers at a time. */
  private static final int CHUNK = 1 << 12;

  private Axes() {}

  /**
   * The numbers along {@code axis} of a constant broadcast to {@code shape}; one number if it is
   * the same everywhere. Empty if it differs along another axis or makes the shape larger.
   */
  static Optional<double[]> along(Tensor t, Shape shape, int axis) {
    int missing = shape.rank() - t.shape().rank();
    if (missing < 0) {
      return Optional.empty();
    }
    for (int i = 0; i < t.shape().rank(); i++) {
      long extent = t.shape().dim(i);
      boolean fits = extent == 1 || i + missing == axis && extent == shape.dim(axis);
      if (!fits) {
        return Optional.empty();
      }
    }
    return Optional.of(t.toDoubles());
  }

  static double at(double[] numbers, int i) {
    return numbers[numbers.length == 1 ? 0 : i];
  }

  /**
   * Which weights belong to which channel.
   *
   * @param rule for weights of one shape, equal rules mean equal channels
   * @param length elements behind each other that have the same channel
   * @param channel that of the n-th such run
   */
  record Runs(Object rule, long length, IntUnaryOperator channel) {
    /** A vector with an element for each channel. */
    static final Runs VECTOR = new Runs("vector", 1, i -> i);
  }

  /** What {@link #scaled} computes from; not the weights, if they are themselves computed. */
  private record Scaled(Object source, DoubleBuffer factors, Object rule) {}

  /** {@code w[i] * k[channel(i / length)]}, computed when first read. */
  static Tensor scaled(Tensor w, double[] k, Runs runs) {
    Supplier<ByteBuffer> compute = () -> scaledNow(w, k, runs).payload().bytes();
    long size = w.type().bytes();
    Payload payload =
        w.payload()
            .recipe()
            .map(r -> new Scaled(r, DoubleBuffer.wrap(k), runs.rule()))
            .map(r -> Payload.lazy(size, r, compute))
            .orElseGet(() -> Payload.lazy(size, compute));
    return new Tensor(w.type(), payload);
  }

  private static Tensor scaledNow(Tensor w, double[] k, Runs runs) {
    TensorBuilder b = new TensorBuilder(w.type());
    Tensor.Elements e = w.reader();
    double[] numbers = new double[CHUNK];
    long elements = w.elements();
    for (long from = 0; from < elements; from += CHUNK) {
      int n = (int) Math.min(CHUNK, elements - from);
      e.numbers(from, numbers, n);
      scale(numbers, n, from, k, runs);
      b.set(from, numbers, n);
    }
    return b.build();
  }

  /** Scales the numbers from index {@code from} on. */
  private static void scale(double[] numbers, int n, long from, double[] k, Runs runs) {
    long run = from / runs.length();
    int i = 0;
    while (i < n) {
      double factor = at(k, runs.channel().applyAsInt(Math.toIntExact(run++)));
      int end = (int) Math.min(n, run * runs.length() - from);
      for (; i < end; i++) {
        numbers[i] *= factor;
      }
    }
  }

  static Tensor vector(TensorType like, double... numbers) {
    TensorBuilder b = new TensorBuilder(like.withShape(Shape.of(numbers.length)));
    for (int i = 0; i < numbers.length; i++) {
      b.set(i, numbers[i]);
    }
    return b.build();
  }
}
