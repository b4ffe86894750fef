package dev.nncc.graph.bound;

import dev.nncc.graph.DType;
import dev.nncc.graph.Op;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.op.Cast;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import java.util.ArrayList;
import java.util.List;

/**
 * Elementwise functions: the error is the farthest that a corner of the operands' intervals is from
 * the middle. That is exact for monotone functions, jumps included; the others have a term of their
 * own.
 */
final class ElementwiseBounds {
  private final Op op;
  private final ElementwiseKind kind;
  private final List<Bounded> operands;
  private final Tensor value;
  private final Shape shape;

  private ElementwiseBounds(Op op, ElementwiseKind kind, List<Bounded> operands, Tensor value) {
    this.op = op;
    this.kind = kind;
    this.operands = operands;
    this.value = value;
    this.shape = value.shape();
  }

  static Bounded of(Op op, List<Bounded> operands, Tensor value) {
    return new ElementwiseBounds(op, ((Elementwise) op).kind(), operands, value).bound();
  }

  static Bounded cast(Cast op, Bounded x, Tensor value) {
    boolean narrows =
        value.dtype().isFloat()
            && !(x.value().dtype().isFloat() && value.dtype().bytes() >= x.value().dtype().bytes());
    if (x.isExact() && !narrows) {
      return Bounded.exact(value);
    }
    // Between floats the number stays; the rounding comes on top.
    Op wide = value.dtype().isFloat() ? Elementwise.of(ElementwiseKind.IDENTITY) : op;
    Bounded from =
        value.dtype().isFloat()
            ? new Bounded(Wide.of(x.value()), x.error())
            : new Bounded(Wide.ofFloat(x.value()), x.error());
    return new ElementwiseBounds(wide, ElementwiseKind.IDENTITY, List.of(from), value)
        .bound(narrows);
  }

  private Bounded bound() {
    return bound(value.dtype().isFloat() && rounds());
  }

  private Bounded bound(boolean rounds) {
    boolean exact = operands.stream().allMatch(Bounded::isExact);
    if (exact && !rounds) {
      return Bounded.exact(value);
    }
    Tensor middle = Wide.apply(op, at(0, 0));
    double[] y = middle.toDoubles();
    double[] carried = new double[y.length];
    if (!exact) {
      for (int corner = 0; corner < 1 << operands.size(); corner++) {
        double[] c = Wide.apply(op, at(1, corner)).toDoubles();
        for (int i = 0; i < y.length; i++) {
          carried[i] = Math.max(carried[i], Wide.distance(c[i], y[i]));
        }
      }
      special(carried);
    }
    if (!value.dtype().isFloat()) {
      return value.dtype() == DType.BOOL
          ? Bounded.of(value, carried)
          : Rounding.integers(value, carried);
    }
    own(rounds, y, carried);
    return Bounded.of(value, carried);
  }

  /** The operands, {@code scale} times their errors up or down by the bits of the corner. */
  private Tensor[] at(int scale, int corner) {
    Tensor[] t = new Tensor[operands.size()];
    for (int k = 0; k < t.length; k++) {
      Bounded b = operands.get(k);
      Tensor v = Wide.ofFloat(b.value());
      if (scale != 0 && !b.isExact()) {
        int sign = (corner >> k & 1) == 0 ? 1 : -1;
        double[] x = v.toDoubles();
        double[] e = b.errors();
        TensorType type = v.type();
        for (int i = 0; i < x.length; i++) {
          x[i] += sign * e[i];
          if (!type.dtype().isFloat()) {
            x[i] = Math.max(type.dtype().lowest(), Math.min(type.dtype().highest(), x[i]));
          }
        }
        v = Tensor.of(type, x);
      }
      t[k] = v;
    }
    return t;
  }

  /** What corners do not show. */
  private void special(double[] carried) {
    List<double[]> x = new ArrayList<>();
    List<double[]> e = new ArrayList<>();
    for (Bounded b : operands) {
      x.add(Wide.expand(Wide.of(b.value()), shape).toDoubles());
      e.add(Wide.expand(b.errorTensor(), shape).toDoubles());
    }
    for (int i = 0; i < carried.length; i++) {
      boolean first = kind != ElementwiseKind.WHERE;
      boolean unbounded = false;
      for (int k = first ? 0 : 1; k < x.size(); k++) {
        // Of Where only the branch that is taken counts, unless that is open.
        boolean counts = first || e.get(0)[i] != 0 || (x.get(0)[i] != 0) == (k == 1);
        unbounded |= counts && Double.isInfinite(e.get(k)[i]);
      }
      carried[i] = unbounded ? Double.POSITIVE_INFINITY : Math.max(carried[i], extra(x, e, i));
    }
  }

  private double extra(List<double[]> x, List<double[]> e, int i) {
    double e0 = e.get(0)[i];
    double all = e0 + (e.size() > 1 ? e.get(1)[i] : 0);
    if (all == 0) {
      return 0;
    }
    return switch (kind) {
      case SIN, COS -> e0;
      // Not monotone, with slopes of at most 1.2 in size.
      case ABS, SILU, SWISH, GELU, GELU_TANH, MISH, HARD_SWISH -> 1.2 * e0;
      case TAN -> e0 > 0.1 ? Double.POSITIVE_INFINITY : 0;
      case RECIPROCAL -> Math.abs(x.get(0)[i]) <= e0 ? Double.POSITIVE_INFINITY : 0;
      case DIV, MOD, REM -> {
        double e1 = e.get(1)[i];
        yield e1 > 0 && Math.abs(x.get(1)[i]) <= e1 ? Double.POSITIVE_INFINITY : 0;
      }
      // With a negative base only whole exponents are defined.
      case POW -> x.get(0)[i] - e0 <= 0 && e.get(1)[i] > 0 ? Double.POSITIVE_INFINITY : 0;
      case EQUAL -> Math.abs(x.get(0)[i] - x.get(1)[i]) <= all ? 1 : 0;
      default -> 0;
    };
  }

  private void own(boolean rounds, double[] y, double[] carried) {
    Rounding r = Rounding.of(value.dtype());
    double[] magnitude = rounds ? magnitude(y) : y;
    double[] v = value.toDoubles();
    double[] finite = null;
    for (int i = 0; i < y.length; i++) {
      if (!Double.isFinite(v[i])) {
        finite = finite == null ? finiteOperands() : finite;
        // Infinite by overflow, or divided by a zero, whose sign is open.
        boolean open = Double.isInfinite(v[i]) && finite[i] != 0 && kind != ElementwiseKind.LOG;
        carried[i] = open ? Double.POSITIVE_INFINITY : carried[i];
      } else if (rounds) {
        carried[i] += r.of(0, Math.abs(magnitude[i]));
      }
      carried[i] = Double.isNaN(carried[i]) ? Double.POSITIVE_INFINITY : carried[i];
    }
  }

  /** 1 where all operands are finite. */
  private double[] finiteOperands() {
    double[] all = new double[Wide.size(value)];
    java.util.Arrays.fill(all, 1);
    for (Bounded b : operands) {
      double[] x = Wide.expand(Wide.of(b.value()), shape).toDoubles();
      for (int i = 0; i < all.length; i++) {
        all[i] = Double.isFinite(x[i]) ? all[i] : 0;
      }
    }
    return all;
  }

  /** What the roundings inside a function are relative to. */
  private double[] magnitude(double[] y) {
    switch (kind) {
      case ELU,
          CELU,
          SELU,
          HARD_SIGMOID,
          HARD_SWISH,
          SOFTPLUS,
          MISH,
          GELU,
          GELU_TANH,
          SILU,
          SWISH,
          ASINH,
          ACOSH,
          ATANH,
          SHRINK,
          LOG,
          SIN,
          COS,
          TAN,
          ACOS,
          ASIN -> {
        double[] x = Wide.expand(Wide.of(operands.get(0).value()), shape).toDoubles();
        double[] m = new double[y.length];
        for (int i = 0; i < m.length; i++) {
          m[i] = Double.isFinite(x[i]) ? Math.abs(y[i]) + Math.abs(x[i]) + 1 : y[i];
        }
        return m;
      }
      case MOD, REM -> {
        double[] x = Wide.expand(Wide.of(operands.get(0).value()), shape).toDoubles();
        return x;
      }
      default -> {
        return y;
      }
    }
  }

  /** Whether the function itself rounds. */
  private boolean rounds() {
    return switch (kind) {
      case NEG,
          ABS,
          FLOOR,
          CEIL,
          ROUND,
          SIGN,
          RELU,
          CLIP,
          THRESHOLDED_RELU,
          IDENTITY,
          MIN,
          MAX,
          WHERE ->
          false;
      default -> true;
    };
  }
}
