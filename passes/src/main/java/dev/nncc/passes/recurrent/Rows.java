package dev.nncc.passes.recurrent;

import dev.nncc.graph.Graph;
import dev.nncc.graph.GraphBuilder;
import dev.nncc.graph.Node;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Slice;
import dev.nncc.graph.op.Transpose;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.LongUnaryOperator;

/**
 * Rows of a value all of whose axes but the last count as one: the vectors that a step reads, one
 * for each sequence, wherever they lie.
 *
 * @param of a value of rank 1 or more
 * @param first number of the first row
 * @param step from each row to the next; 1 if there is only one
 */
record Rows(Value of, long first, long step, long count) {
  static Rows all(Value v) {
    return new Rows(v, 0, 1, rows(v));
  }

  /** Extent of the last axis; of a scalar 1. */
  static long last(Value v) {
    return v.shape().rank() == 0 ? 1 : v.type().dim(v.shape().rank() - 1);
  }

  static long rows(Value v) {
    return v.shape().elements() / Math.max(1, last(v));
  }

  private boolean isWhole() {
    return first == 0 && step == 1 && count == rows(of);
  }

  /** The same rows of a value that has as many, in the same order. */
  Rows in(Value other) {
    return new Rows(other, first, step, count);
  }

  /** The same rows where they come from, behind all that only moves them. */
  Rows source(Graph g) {
    Rows at = this;
    Optional<Rows> next = at.moved(g);
    while (next.isPresent()) {
      at = next.get();
      next = at.moved(g);
    }
    return at;
  }

  /** The same rows of the operand of a movement; empty if there is none, or they lie unevenly. */
  Optional<Rows> moved(Graph g) {
    Node n = g.producer(of).filter(p -> !p.operands().isEmpty()).orElse(null);
    if (n == null || of.shape().rank() == 0 || last(of) != last(n.operand(0))) {
      return Optional.empty();
    }
    if (of.shape().elements() == 0) {
      // There are no rows to follow.
      return Optional.empty();
    }
    if (n.op() instanceof Reshape) {
      return Optional.of(in(n.operand(0)));
    }
    int axes = of.shape().rank() - 1;
    long[] strides = strides(n.operand(0));
    if (n.op() instanceof Slice s && s.starts().get(axes) == 0 && s.steps().get(axes) == 1) {
      return mapped(
          n.operand(0),
          row -> {
            long to = 0;
            long rest = row;
            for (int a = axes - 1; a >= 0; a--) {
              long at = rest % of.type().dim(a);
              rest /= of.type().dim(a);
              to += (s.starts().get(a) + at * s.steps().get(a)) * strides[a];
            }
            return to;
          });
    }
    if (n.op() instanceof Transpose t && t.perm().get(axes) == axes) {
      return mapped(
          n.operand(0),
          row -> {
            long to = 0;
            long rest = row;
            for (int a = axes - 1; a >= 0; a--) {
              to += rest % of.type().dim(a) * strides[t.perm().get(a)];
              rest /= of.type().dim(a);
            }
            return to;
          });
    }
    return Optional.empty();
  }

  /** By how many rows each axis but the last goes on. */
  private static long[] strides(Value v) {
    long[] strides = new long[Math.max(0, v.shape().rank() - 1)];
    long stride = 1;
    for (int a = strides.length - 1; a >= 0; a--) {
      strides[a] = stride;
      stride *= v.type().dim(a);
    }
    return strides;
  }

  private Optional<Rows> mapped(Value operand, LongUnaryOperator row) {
    long begin = row.applyAsLong(first);
    long stride = count < 2 ? 1 : row.applyAsLong(first + step) - begin;
    for (long i = 2; i < count; i++) {
      if (row.applyAsLong(first + i * step) != begin + i * stride) {
        return Optional.empty();
      }
    }
    return Optional.of(new Rows(operand, begin, stride, count));
  }

  /** Emits them in a shape of as many elements. */
  Value as(Shape shape, GraphBuilder b, Origin origin) {
    Value v = of;
    if (!isWhole()) {
      Value flat = reshaped(of, Shape.of(rows(of), last(of)), b, origin);
      Slice s = new Slice(List.of(first, 0L), List.of(count, last(of)), List.of(step, 1L));
      v = b.add(origin, s, flat);
    }
    return reshaped(v, shape, b, origin);
  }

  private static Value reshaped(Value v, Shape shape, GraphBuilder b, Origin origin) {
    return v.shape().equals(shape) ? v : b.add(origin, new Reshape(shape), v);
  }

  /**
   * The rows of all steps as one value [T,B,I]; empty if they do not follow each other evenly in
   * one value, [T,B,I] or [B,T,I], forwards or backwards.
   */
  static Optional<Value> together(List<Rows> steps, GraphBuilder b, Origin origin) {
    Rows first = steps.get(0);
    long by = steps.size() < 2 ? first.count() : steps.get(1).first() - first.first();
    for (int t = 0; t < steps.size(); t++) {
      Rows here = new Rows(first.of(), first.first() + t * by, first.step(), first.count());
      if (!steps.get(t).equals(here)) {
        return Optional.empty();
      }
    }
    long batch = first.count();
    long all = rows(first.of());
    boolean byTime = first.step() == 1 && Math.abs(by) == batch;
    long unit = byTime ? batch : 1;
    long times = byTime ? all / batch : first.step();
    long begin = first.first() / unit;
    long end = begin + by / unit * (steps.size() - 1);
    boolean even = first.first() % unit == 0 && all == times * batch;
    if (!even || Math.abs(by) != unit || Math.max(begin, end) >= times || end < 0) {
      return Optional.empty();
    }
    int axis = byTime ? 0 : 1;
    Long[] sizes = {batch, batch, last(first.of())};
    Long[] starts = {0L, 0L, 0L};
    Long[] strides = {1L, 1L, 1L};
    sizes[axis] = times;
    Value whole = reshaped(first.of(), Shape.of(Arrays.asList(sizes)), b, origin);
    sizes[axis] = (long) steps.size();
    starts[axis] = begin;
    strides[axis] = by / unit;
    Value v = b.add(origin, new Slice(List.of(starts), List.of(sizes), List.of(strides)), whole);
    return Optional.of(byTime ? v : b.add(origin, new Transpose(List.of(1, 0, 2)), v));
  }
}
