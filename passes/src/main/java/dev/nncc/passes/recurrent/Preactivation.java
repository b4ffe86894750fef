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
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Slice;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a gate applies its sigmoid or tanh to, as a sum: products of vectors with parts of constant
 * weights, and constants.
 *
 * @param units of the gate
 * @param biases rows of constants; those that are zero are left out
 */
record Preactivation(long units, List<Term> terms, List<Part> biases) {
  private static final int DEPTH = 12;

  /** Rows of a constant, and the column that belongs to a gate's first unit. */
  record Part(Value constant, long row, long rows, long column) {}

  /** {@code x[B,rows] * weights[rows, columns]}. */
  record Term(Value x, Part weights) {}

  /**
   * @param v [B,N]
   * @param column of {@code v} that belongs to the first unit
   */
  static Optional<Preactivation> of(Graph g, Value v, long column, long units) {
    Preactivation p = new Preactivation(units, new ArrayList<>(), new ArrayList<>());
    return p.collect(g, v, column, 0) ? Optional.of(p) : Optional.empty();
  }

  private boolean collect(Graph g, Value v, long column, int depth) {
    Node n = g.producer(v).orElse(null);
    if (n == null || depth > DEPTH) {
      return false;
    }
    if (n.op() instanceof Constant c) {
      return constant(c.tensor(), v, column);
    }
    if (n.op() instanceof Slice s) {
      return isOfColumns(s, n.operand(0))
          && collect(g, n.operand(0), column + s.starts().get(v.shape().rank() - 1), depth + 1);
    }
    if (n.op() instanceof Reshape) {
      return last(v) == last(n.operand(0)) && collect(g, n.operand(0), column, depth + 1);
    }
    if (isKind(n, ElementwiseKind.ADD)) {
      boolean fits = true;
      for (Value summand : n.operands()) {
        boolean spread = last(summand) != last(v);
        fits &= !spread || g.constant(summand).isPresent();
      }
      return fits && n.operands().stream().allMatch(o -> collect(g, o, column, depth + 1));
    }
    return n.op().equals(new MatMul(false, false)) && product(g, n, column);
  }

  static long last(Value v) {
    return v.shape().rank() == 0 ? 1 : v.type().dim(v.shape().rank() - 1);
  }

  /** Whether a slice takes neighbouring columns and all rows. */
  static boolean isOfColumns(Slice s, Value of) {
    boolean all = s.steps().stream().allMatch(step -> step == 1);
    for (int a = 0; a < of.shape().rank() - 1; a++) {
      all &= s.starts().get(a) == 0 && s.sizes().get(a) == of.type().dim(a);
    }
    return all && of.shape().rank() > 0;
  }

  private boolean constant(Tensor t, Value v, long column) {
    if (t.elements() != last(v)) {
      return false;
    }
    Tensor.Elements e = t.reader();
    boolean zero = true;
    for (long i = 0; zero && i < t.elements(); i++) {
      zero = e.number(i) == 0;
    }
    if (!zero) {
      biases.add(new Part(v, 0, 1, t.elements() == 1 ? 0 : column));
    }
    return true;
  }

  /** A product with weights; of vectors side by side each has rows of its own. */
  private boolean product(Graph g, Node n, long column) {
    Value weights = n.operand(1);
    Value x = n.operand(0);
    if (g.constant(weights).isEmpty() || weights.shape().rank() != 2 || x.shape().rank() != 2) {
      return false;
    }
    Node joined = g.producer(x).filter(k -> k.op().equals(new Concat(1))).orElse(null);
    long row = 0;
    for (Value part : joined == null ? List.of(x) : joined.operands()) {
      terms.add(new Term(part, new Part(weights, row, last(part), column)));
      row += last(part);
    }
    return true;
  }
}
