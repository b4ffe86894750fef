package dev.nncc.tensor.lower;

import dev.nncc.graph.Tensor;
import dev.nncc.tensor.constant.Combination;
import dev.nncc.tensor.constant.Packed;
import dev.nncc.tensor.ir.Expr;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Builds the packed form of constant weights axis by axis, together with the index at which the
 * kernel reads it.
 */
final class WeightPacking {
  private final Tensor source;
  private final List<Long> extents = new ArrayList<>();
  private final List<List<Long>> map = new ArrayList<>();
  private final List<Expr> index = new ArrayList<>();
  private final List<Long> base;
  private final Optional<Combination> combination;

  WeightPacking(Tensor source) {
    this(source, Optional.empty());
  }

  /** Of what a combination of the source has as elements. */
  WeightPacking(Tensor source, Optional<Combination> combination) {
    this.source = source;
    this.combination = combination;
    base = new ArrayList<>(Collections.nCopies(source.shape().rank(), 0L));
  }

  /**
   * The next axis inward: {@code extent} positions, each {@code step} further along a source axis,
   * read at {@code at}.
   */
  WeightPacking axis(long extent, int sourceAxis, long step, Expr at) {
    List<Long> steps = new ArrayList<>(Collections.nCopies(source.shape().rank(), 0L));
    steps.set(sourceAxis, step);
    extents.add(extent);
    map.add(steps);
    index.add(at);
    return this;
  }

  /** Where along a source axis position 0 lies. */
  WeightPacking from(int sourceAxis, long start) {
    base.set(sourceAxis, start);
    return this;
  }

  Expr read(PhaseBuilder phase) {
    return new Expr.Load(
        phase.constant(new Packed(source, extents, map, base, combination)), index);
  }
}
