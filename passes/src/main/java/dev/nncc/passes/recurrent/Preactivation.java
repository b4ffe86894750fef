package dev.nncc.passes.recurrent;

import static dev.nncc.passes.rewrite.RewriteContext.isKind;

import dev.nncc.graph.Constant;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Slice;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a gate applies its sigmoid or tanh to, as a sum: products of vectors with parts of constant
 * weights, and constants. Products may be made of the vectors of all steps at once.
 *
 * @param units of the gate
 * @param biases rows of constants; those that are zero are left out
 */
record Preactivation(long units, List<Term> terms, List<Part> biases) {
  private static final int DEPTH = 16;

  /** Rows of a constant, and the column that belongs to a gate's first unit. */
  record Part(Value constant, long row, long rows, long column) {}

  /** {@code x[B,rows] * weights[rows, columns]}. */
  record Term(Rows x, Part weights) {}

  /**
   * @param v [B,N]
   * @param column of {@code v} that belongs to the first unit
   */
  static Optional<Preactivation> of(Graph g, Value v, long column, long units) {
    return ofSum(g, List.of(v), column, units);
  }

  /** The same of a sum of values. */
  static Optional<Preactivation> ofSum(Graph g, List<Value> summands, long column, long units) {
    Preactivation p = new Preactivation(units, new ArrayList<>(), new ArrayList<>());
    boolean all = true;
    for (Value v : summands) {
      all = all && p.collect(g, Rows.all(v), column, 0);
    }
    return all ? Optional.of(p) : Optional.empty();
  }

  private boolean collect(Graph g, Rows rows, long column, int depth) {
    Value v = rows.of();
    Node n = g.producer(v).orElse(null);
    if (n == null || depth > DEPTH) {
      return false;
    }
    if (n.op() instanceof Constant c) {
      return constant(c.tensor(), v, column);
    }
    if (n.op() instanceof Slice s && isOfColumns(s, n.operand(0))) {
      long start = s.starts().get(v.shape().rank() - 1);
      return collect(g, rows.in(n.operand(0)), column + start, depth + 1);
    }
    Optional<Rows> moved = rows.moved(g);
    if (moved.isPresent()) {
      return collect(g, moved.get(), column, depth + 1);
    }
    if (isKind(n, ElementwiseKind.ADD)) {
      boolean fits = true;
      for (Value summand : n.operands()) {
        boolean spread = Rows.last(summand) != Rows.last(v) || Rows.rows(summand) != Rows.rows(v);
        fits &= !spread || g.constant(summand).isPresent();
      }
      return fits && n.operands().stream().allMatch(o -> collect(g, rows.in(o), column, depth + 1));
    }
    return n.op().equals(new MatMul(false, false)) && product(g, n, rows, column);
  }

  /** Whether a slice takes neighbouring columns and all rows. */
  static boolean isOfColumns(Slice s, Value of) {
    boolean all = s.steps().stream().allMatch(step -> step == 1);
    for (int a = 0; a < of.shape().rank() - 1; a++) {
      all &= s.starts().get(a) == 0 && s.sizes().get(a) == of.type().dim(a);
    }
    return all && of.shape().rank() > 0;
  }

  /** A row, the same for all vectors. */
  private boolean constant(Tensor t, Value v, long column) {
    Tensor.Elements e = t.reader();
    long width = Rows.last(v);
    boolean zero = true;
    for (long i = 0; i < t.elements(); i++) {
      if (e.number(i) != e.number(i % width)) {
        return false;
      }
      zero &= e.number(i) == 0;
    }
    if (!zero) {
      biases.add(new Part(v, 0, 1, width == 1 ? 0 : column));
    }
    return true;
  }

  /** A product with weights; of vectors side by side each has rows of its own. */
  private boolean product(Graph g, Node n, Rows rows, long column) {
    Value weights = n.operand(1);
    Value x = n.operand(0);
    if (g.constant(weights).isEmpty() || weights.shape().rank() != 2 || x.shape().rank() < 2) {
      return false;
    }
    Concat sideBySide = new Concat(x.shape().rank() - 1);
    Node joined = g.producer(x).filter(k -> k.op().equals(sideBySide)).orElse(null);
    long row = 0;
    for (Value part : joined == null ? List.of(x) : joined.operands()) {
      long size = Rows.last(part);
      terms.add(new Term(rows.in(part).source(g), new Part(weights, row, size, column)));
      row += size;
    }
    return true;
  }
}
