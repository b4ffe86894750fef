package dev.nncc.tensor.lower;

import dev.nncc.graph.Shape;
import dev.nncc.graph.op.Conv;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Which places of a convolution's window lie on the picture and not on its border, where leaving
 * the others out pays. The border holds zeros, so nothing else depends on it.
 *
 * @param x shape of the picture
 * @param w shape of the weights
 * @param y shape of the result
 */
record OnPicture(Conv conv, Shape x, Shape w, Shape y) {
  /** Share of the steps that must fall on a border to be left out. */
  private static final double LEAST_OUTSIDE = 0.01;

  /**
   * The same for columns of a picture of which each place of a window reads others: their steps are
   * loops of their own then, and the processor does not see that the next one goes on where this
   * one ends.
   */
  private static final double LEAST_APART = 0.02;

  /** Tiles of whole rows should not be all there is. */
  private static final long FEWEST_PLACES = 4;

  /** A condition on the place of the result and the place in its window, where there is one. */
  Optional<Expr> condition(List<Expr> place, List<Expr> window) {
    if (conv.padsBegin().get(1) == 0 || w.dim(3) == 1) {
      return Optional.empty();
    }
    List<Expr> inside = new ArrayList<>();
    for (int axis = 0; axis < window.size(); axis++) {
      inside.addAll(along(axis, place.get(axis), window.get(axis)));
    }
    return inside.stream().reduce(Exprs::and);
  }

  private List<Expr> along(int axis, Expr place, Expr step) {
    long k = w.dim(axis + 2);
    long places = y.dim(axis + 2);
    long extent = x.dim(axis + 2);
    long outside = 0;
    for (long i = 0; i < places; i++) {
      for (long j = 0; j < k; j++) {
        long at = at(axis, i, j);
        outside += at < 0 || at >= extent ? 1 : 0;
      }
    }
    double least = axis == 1 && conv.strides().get(1) > 1 ? LEAST_APART : LEAST_OUTSIDE;
    if (k == 1 || outside < least * places * k || places < FEWEST_PLACES) {
      return List.of();
    }
    Expr at =
        Exprs.add(
            Exprs.mul(place, Exprs.index(conv.strides().get(axis))),
            Exprs.mul(step, Exprs.index(conv.dilations().get(axis))));
    long before = conv.padsBegin().get(axis);
    List<Expr> inside = new ArrayList<>();
    if (before > 0) {
      inside.add(Exprs.lt(Exprs.index(before - 1), at));
    }
    if (at(axis, places - 1, k - 1) >= extent) {
      inside.add(Exprs.lt(at, Exprs.index(before + extent)));
    }
    return inside;
  }

  private long at(int axis, long i, long j) {
    return i * conv.strides().get(axis)
        + j * conv.dilations().get(axis)
        - conv.padsBegin().get(axis);
  }
}
