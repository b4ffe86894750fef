package dev.nncc.frontend.caffe;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.caffe.proto.FillerParameter;
import dev.nncc.frontend.caffe.proto.LayerParameter;
import dev.nncc.frontend.importing.Emitter;
import dev.nncc.frontend.importing.ImportedNode;
import dev.nncc.frontend.importing.Operand;
import dev.nncc.graph.DType;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One layer while it is imported. All values are f32. */
final class CaffeLayer extends ImportedNode {
  private final LayerParameter proto;
  private final int tops;
  private final Weights weights;

  CaffeLayer(
      Emitter emitter,
      Origin origin,
      LayerParameter proto,
      List<@Nullable Operand> bottoms,
      int tops,
      Weights weights) {
    super(emitter, origin, proto.getType(), bottoms);
    this.proto = proto;
    this.tops = tops;
    this.weights = weights;
  }

  LayerParameter proto() {
    return proto;
  }

  /** Number of results that the network names. */
  int tops() {
    return tops;
  }

  /** Number of tensors that the layer has in the file of weights. */
  int blobs() {
    return weights.count(proto.getName());
  }

  /**
   * A tensor of weights. Files disagree on leading axes of extent 1, so only the others must be the
   * expected ones.
   *
   * @throws MissingWeights if the file has none
   */
  Operand weights(int i, Shape expected) {
    if (i >= blobs()) {
      throw new MissingWeights();
    }
    Tensor t = weights.get(proto.getName(), i);
    require(
        significant(t.shape()).equals(significant(expected)),
        "weights number %d have shape %s, the layer needs %s",
        i,
        t.shape(),
        expected);
    return constant(t.reshaped(expected));
  }

  private static List<Long> significant(Shape s) {
    return Arrays.stream(s.toArray()).filter(d -> d != 1).boxed().toList();
  }

  /** As {@link #weights}; where the file has none, what a constant filler would put there. */
  Operand weights(int i, Shape expected, boolean filled, FillerParameter filler) {
    return i >= blobs() && filled && filler.getType().equals("constant")
        ? filled(DType.F32, expected, filler.getValue())
        : weights(i, expected);
  }

  /** Parameters of a layer whose shape nothing else says: all elements as one axis. */
  Operand flatWeights(int i) {
    if (i >= blobs()) {
      throw new MissingWeights();
    }
    Tensor t = weights.get(proto.getName(), i);
    return constant(t.reshaped(Shape.of(t.elements())));
  }

  /** Product of extents. */
  static long count(Operand x, int from, int to) {
    long n = 1;
    for (int i = from; i < to; i++) {
      n = Math.multiplyExact(n, x.dim(i));
    }
    return n;
  }

  /** A constant with one number for each channel, ready to be broadcast against the operand. */
  Operand along(Operand values, Operand x, int axis, int axes) {
    List<Long> extents = new ArrayList<>(Collections.nCopies(x.rank(), 1L));
    for (int i = axis; i < axis + axes; i++) {
      extents.set(i, x.dim(i));
    }
    return reshape(values, Shape.of(extents));
  }

  /** {@code scale * x + shift}, without what does nothing. */
  Operand affine(Operand x, double scale, double shift) {
    Operand scaled = scale == 1 ? x : mul(x, number(x.dtype(), scale));
    return shift == 0 ? scaled : add(scaled, number(x.dtype(), shift));
  }
}
