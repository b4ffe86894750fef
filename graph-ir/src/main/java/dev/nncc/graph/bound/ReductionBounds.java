package dev.nncc.graph.bound;

import dev.nncc.graph.Op;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.op.ArgReduce;
import dev.nncc.graph.op.BatchNorm;
import dev.nncc.graph.op.CumSum;
import dev.nncc.graph.op.InstanceNorm;
import dev.nncc.graph.op.LayerNorm;
import dev.nncc.graph.op.LogSoftmax;
import dev.nncc.graph.op.Lrn;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.PoolKind;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.graph.op.RmsNorm;
import dev.nncc.graph.op.Softmax;
import java.util.List;

/** Sums, extremes and what is built of them. */
final class ReductionBounds {
  private ReductionBounds() {}

  static Bounded of(Op op, List<Bounded> operands, Tensor value) {
    Bounded x = operands.get(0);
    if (op instanceof Reduce r) {
      return reduce(r, x, value);
    }
    if (op instanceof Pool p) {
      return p.kind() == PoolKind.MAX
          ? extreme(p, x, value)
          : sum(p, x, value, p.kernel().stream().mapToLong(k -> k).reduce(1, (a, b) -> a * b));
    }
    if (op instanceof CumSum c) {
      return sum(c, x, value, x.value().shape().dim(c.axis()));
    }
    if (op instanceof ArgReduce a) {
      return arg(a, x, value);
    }
    if (op instanceof Softmax s) {
      return softmax(s.axis(), x, value, false);
    }
    if (op instanceof LogSoftmax s) {
      return softmax(s.axis(), x, value, true);
    }
    if (op instanceof Lrn l) {
      return lrn(l, x, value);
    }
    if (op instanceof BatchNorm b) {
      return NormBounds.batch(b, operands, value);
    }
    if (op instanceof RmsNorm r) {
      return NormBounds.rootMeanSquare(r, operands, value);
    }
    return op instanceof LayerNorm l
        ? NormBounds.layer(l, operands, value)
        : NormBounds.instance((InstanceNorm) op, operands, value);
  }

  private static Bounded reduce(Reduce r, Bounded x, Tensor value) {
    double terms = (double) x.value().elements() / Math.max(1, value.elements());
    return switch (r.kind()) {
      case MAX, MIN -> extreme(r, x, value);
      case SUM -> sum(r, x, value, terms);
      case MEAN -> sum(r, x, value, terms);
      case PROD -> product(r, x, value, terms);
    };
  }

  /** Linear with weights that are not negative. */
  private static Bounded sum(Op op, Bounded x, Tensor value, double terms) {
    if (x.isExact() && !value.dtype().isFloat()) {
      return Bounded.exact(value);
    }
    double[] carried =
        x.isExact() ? new double[Wide.size(value)] : Wide.apply(op, x.errorTensor()).toDoubles();
    double[] magnitude = Wide.apply(op, Wide.abs(x.value())).toDoubles();
    for (int i = 0; i < magnitude.length; i++) {
      magnitude[i] += carried[i];
    }
    return Rounding.add(value, carried, magnitude, terms);
  }

  /** No farther off than the farthest operand. */
  private static Bounded extreme(Op op, Bounded x, Tensor value) {
    if (x.isExact()) {
      return Bounded.exact(value);
    }
    Tensor e = x.errorTensor();
    Tensor v = Wide.of(x.value());
    boolean min = op instanceof Reduce r && r.kind() == ReduceKind.MIN;
    Op greatest =
        min ? new Reduce(ReduceKind.MAX, ((Reduce) op).axes(), ((Reduce) op).keepDims()) : op;
    double[] up = Wide.apply(op, Wide.map(v, e, Double::sum)).toDoubles();
    double[] down = Wide.apply(op, Wide.map(v, e, (a, b) -> a - b)).toDoubles();
    double[] open = Wide.apply(greatest, Wide.map(e, a -> a == 1 / 0.0 ? 1 : 0)).toDoubles();
    for (int i = 0; i < up.length; i++) {
      up[i] = open[i] > 0 ? Double.POSITIVE_INFINITY : Wide.distance(up[i], down[i]);
    }
    return Bounded.of(value, up);
  }

  private static Bounded product(Op op, Bounded x, Tensor value, double terms) {
    if (x.isExact() && !value.dtype().isFloat()) {
      return Bounded.exact(value);
    }
    Tensor size = Wide.abs(x.value());
    double[] magnitude = Wide.apply(op, size).toDoubles();
    double[] wider = Wide.apply(op, Wide.map(size, x.errorTensor(), Double::sum)).toDoubles();
    double[] carried = new double[magnitude.length];
    for (int i = 0; i < carried.length; i++) {
      carried[i] = wider[i] == magnitude[i] ? 0 : Math.max(0, wider[i] - magnitude[i]);
    }
    return Rounding.add(value, carried, wider, terms);
  }

  /** The index is certain where the operands of its line are; beside a NaN it is not defined. */
  private static Bounded arg(ArgReduce op, Bounded x, Tensor value) {
    if (x.isExact() && !x.value().dtype().isFloat()) {
      return Bounded.exact(value);
    }
    Reduce worst = new Reduce(ReduceKind.MAX, List.of(op.axis()), op.keepDims());
    Tensor e = Wide.apply(worst, x.errorTensor());
    Tensor gap = gaps(op, x.value(), value);
    return Bounded.of(
        value,
        Wide.map(e, gap, (a, g) -> g >= 0 && (a == 0 || 2 * a < g) ? 0 : 1 / 0.0).toDoubles());
  }

  /** How far the winner of each line is ahead: 0 by equal elements, -1 beside a NaN. */
  private static Tensor gaps(ArgReduce op, Tensor x, Tensor value) {
    double[] v = x.toDoubles();
    int extent = (int) x.shape().dim(op.axis());
    int inner = (int) x.shape().strides()[op.axis()];
    double[] gaps = new double[Wide.size(value)];
    for (int line = 0; line < gaps.length; line++) {
      int start = line / inner * extent * inner + line % inner;
      double first = Double.NEGATIVE_INFINITY;
      double second = Double.NEGATIVE_INFINITY;
      boolean nan = false;
      for (int i = 0; i < extent; i++) {
        double a = op.max() ? v[start + i * inner] : -v[start + i * inner];
        nan |= Double.isNaN(a);
        second = Math.max(second, Math.min(first, a));
        first = Math.max(first, a);
      }
      gaps[line] = nan ? -1 : extent < 2 ? 1 / 0.0 : first - second;
    }
    return Wide.tensor(value.shape(), gaps);
  }

  /** Each result by the largest error E of its line: a factor of e^2E. */
  private static Bounded softmax(int axis, Bounded x, Tensor value, boolean log) {
    Tensor v = Wide.of(x.value());
    double[] e = Wide.expand(Lines.max(x.errorTensor(), axis), value.shape()).toDoubles();
    double[] top = Wide.expand(Lines.max(v, axis), value.shape()).toDoubles();
    double[] in = v.toDoubles();
    double[] y = value.toDoubles();
    Rounding r = Rounding.of(value.dtype());
    double terms = value.shape().dim(axis) + Rounding.SLACK;
    double[] bound = new double[y.length];
    for (int i = 0; i < y.length; i++) {
      double below = Math.abs(top[i] - in[i]);
      double size = Math.abs(top[i]);
      double own = log ? r.unit() * (terms + below + size) : terms * r.unit() * (1 + below);
      double all =
          log
              ? 2 * e[i] + own + r.unit() * Math.abs(y[i]) * 4
              : Math.min(
                  1,
                  (Math.abs(y[i]) + terms * r.tiny()) * (Math.expm1(2 * e[i]) + own)
                      + terms * r.tiny());
      // A NaN in its line, or an infinity.
      boolean special = Double.isNaN(all) || Double.isInfinite(in[i]);
      bound[i] = e[i] == 1 / 0.0 || special ? 1 / 0.0 : all;
    }
    return Bounded.of(value, bound);
  }

  /**
   * {@code y = x S^-beta} with S at least the bias: the slope in all of the window together is at
   * most {@code S^-beta (1 + 2 beta sqrt(size))}.
   */
  private static Bounded lrn(Lrn op, Bounded x, Tensor value) {
    double slope =
        op.bias() > 0 && op.alpha() >= 0 && op.beta() >= 0
            ? Math.pow(op.bias(), -op.beta()) * (1 + 2 * op.beta() * Math.sqrt(op.size()))
            : Double.POSITIVE_INFINITY;
    double[] e = Wide.expand(Lines.max(x.errorTensor(), 1), value.shape()).toDoubles();
    for (int i = 0; i < e.length; i++) {
      e[i] = e[i] == 0 ? 0 : e[i] * slope;
    }
    double[] y = Wide.abs(value).toDoubles();
    return Rounding.add(value, e, y, (op.size() + Rounding.SLACK) * (1 + Math.abs(op.beta())));
  }
}
