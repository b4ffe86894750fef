package dev.nncc.passes.fold;

import dev.nncc.graph.Payload;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import java.util.Optional;
import java.util.function.IntUnaryOperator;

/** Constants that differ along one axis only. */
final class Axes {
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
   * {@code w[i] * k[channel(i / run)]}, computed when first read.
   *
   * @param run elements behind each other that have the same channel
   */
  static Tensor scaled(Tensor w, double[] k, long run, IntUnaryOperator channel) {
    return new Tensor(
        w.type(),
        Payload.lazy(
            w.type().bytes(),
            () -> {
              TensorBuilder b = new TensorBuilder(w.type());
              Tensor.Elements e = w.reader();
              long i = 0;
              for (int r = 0; i < w.elements(); r++) {
                double factor = at(k, channel.applyAsInt(r));
                for (long end = i + run; i < end; i++) {
                  b.set(i, e.number(i) * factor);
                }
              }
              return b.build().payload().bytes();
            }));
  }

  static Tensor vector(TensorType like, double... numbers) {
    TensorBuilder b = new TensorBuilder(like.withShape(Shape.of(numbers.length)));
    for (int i = 0; i < numbers.length; i++) {
      b.set(i, numbers[i]);
    }
    return b.build();
  }
}
