package dev.nncc.tensor.lower;

import dev.nncc.graph.DType;
import dev.nncc.graph.Tensor;
import dev.nncc.tensor.constant.Combination;
import dev.nncc.tensor.constant.Packed;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
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

  /**
   * A matrix in panels of up to 48 columns, {@code [panel][k][column]}, the order in which a
   * register tile of rows by panel consumes it; as pairs {@code [panel][k pair][column][k in
   * pair]}.
   *
   * @param widthAxis the source axis of columns, read at {@code n}
   * @param depthAxis the source axis that is summed over, read at {@code k}
   */
  WeightPacking panels(int widthAxis, Expr n, int depthAxis, Expr k, boolean pairs) {
    long width = source.shape().dim(widthAxis);
    long depth = source.shape().dim(depthAxis);
    long panel = Packed.panel(width);
    boolean one = panel == width;
    Expr column = one ? n : Exprs.mod(n, panel);
    axis(width / panel, widthAxis, panel, one ? Exprs.index(0) : Exprs.floorDiv(n, panel));
    if (!pairs) {
      return axis(depth, depthAxis, 1, k).axis(panel, widthAxis, 1, column);
    }
    axis(depth / 2, depthAxis, 2, Exprs.floorDiv(k, 2)).axis(panel, widthAxis, 1, column);
    return axis(2, depthAxis, 1, Exprs.mod(k, 2));
  }

  Expr read(PhaseBuilder phase) {
    return readFrom(phase.constant(new Packed(source, extents, map, base, combination)));
  }

  /** Of a buffer over the same axes. */
  Expr.Load readFrom(Buffer buffer) {
    return new Expr.Load(buffer, index);
  }

  /** Memory of the plan, f32, over the same axes. */
  Buffer scratch(PhaseBuilder phase) {
    return phase.scratch(0, DType.F32, extents);
  }
}
