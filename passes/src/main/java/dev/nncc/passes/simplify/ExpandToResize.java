package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Expand;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Resize;
import dev.nncc.graph.op.ResizeCoordinates;
import dev.nncc.graph.op.ResizeMode;
import dev.nncc.graph.op.ResizeRounding;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * {@code Expand(Reshape(x)) -> Reshape(Resize(x))} where each element of an image is repeated along
 * spatial axes: upsampling by a whole factor, as it is written without a Resize. A Resize keeps the
 * layout of the image.
 */
public record ExpandToResize() implements Rule {
  private static final int FIRST_SPATIAL = 2;

  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(Expand.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!(root.op() instanceof Expand)
        || root.operand(0).shape().rank() != root.result().shape().rank()
        || root.result().shape().elements() == 0) {
      return Optional.empty();
    }
    Optional<Node> reshape = context.producer(root.operand(0), Reshape.class);
    if (reshape.isEmpty()) {
      return Optional.empty();
    }
    Value x = reshape.get().operand(0);
    return factors(root.operand(0).shape(), root.result().shape(), x.shape())
        .flatMap(
            factors -> {
              Value large = context.add(resize(x.shape(), factors), x);
              return Replacement.by(context.add(new Reshape(root.result().shape()), large));
            });
  }

  /** By which each axis of the image grows; empty if something else is repeated. */
  private static Optional<List<Long>> factors(Shape single, Shape repeated, Shape image) {
    if (image.rank() <= FIRST_SPATIAL) {
      return Optional.empty();
    }
    List<Long> factors = new ArrayList<>(Collections.nCopies(image.rank(), 1L));
    for (int i = 0; i < single.rank(); i++) {
      if (single.dim(i) == repeated.dim(i)) {
        continue;
      }
      int axis = axisAbove(image, single.strides()[i]);
      if (axis < FIRST_SPATIAL || factors.get(axis) != 1) {
        return Optional.empty();
      }
      factors.set(axis, repeated.dim(i));
    }
    return factors.stream().allMatch(f -> f == 1) ? Optional.empty() : Optional.of(factors);
  }

  /** The axis of an image with more than one element that has this stride; -1 if none has. */
  private static int axisAbove(Shape image, long stride) {
    long[] strides = image.strides();
    for (int a = image.rank() - 1; a >= 0; a--) {
      if (strides[a] == stride && image.dim(a) != 1) {
        return a;
      }
    }
    return -1;
  }

  private static Resize resize(Shape image, List<Long> factors) {
    List<Long> sizes = new ArrayList<>();
    List<Double> scales = new ArrayList<>();
    for (int a = 0; a < image.rank(); a++) {
      sizes.add(image.dim(a) * factors.get(a));
      scales.add((double) factors.get(a));
    }
    return new Resize(
        ResizeMode.NEAREST,
        sizes,
        scales,
        ResizeCoordinates.ASYMMETRIC,
        ResizeRounding.FLOOR,
        -0.75,
        false);
  }
}
