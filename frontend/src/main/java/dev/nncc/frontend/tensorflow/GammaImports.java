package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.graph.DType;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.op.ElementwiseKind;
import java.util.ArrayList;
import java.util.List;

/**
 * The gamma function and its relatives. Its logarithm and the derivative of that are Stirling's
 * series behind a shift; the others are computed for constants.
 */
final class GammaImports {
  /** Stirling's series is good to all digits of a float from here on. */
  private static final int SHIFT = 7;

  /** Bernoulli numbers B(2k) / (2k (2k-1)), and B(2k) / 2k. */
  private static final double[] LOG_SERIES = {1 / 12.0, -1 / 360.0, 1 / 1260.0, -1 / 1680.0};

  private static final double[] SLOPE_SERIES = {1 / 12.0, -1 / 120.0, 1 / 252.0, -1 / 240.0};

  private GammaImports() {}

  static void addTo(Operators t) {
    t.one("Lgamma", GammaImports::logGamma);
    t.one("Digamma", GammaImports::digamma);
    constants(t, "Igamma", a -> Gamma.lower(a[0], a[1]));
    constants(t, "Igammac", a -> 1 - Gamma.lower(a[0], a[1]));
    constants(t, "Betainc", a -> Gamma.beta(a[0], a[1], a[2]));
    constants(t, "Polygamma", a -> Gamma.polygamma(a[0], a[1]));
    constants(t, "Zeta", a -> Gamma.zeta(a[0], a[1]));
  }

  /** A function of the elements of all operands. */
  @FunctionalInterface
  private interface Function {
    double of(double[] arguments);
  }

  private static void constants(Operators t, String op, Function f) {
    t.one(op, n -> each(n, f));
    t.limit(op, "constant operands");
  }

  private static Operand each(TensorflowNode n, Function f) {
    Operand sum = n.in(0);
    for (int i = 1; i < n.inputs(); i++) {
      sum = n.add(sum, n.in(i));
    }
    List<double[]> all = new ArrayList<>();
    for (int i = 0; i < n.inputs(); i++) {
      all.add(n.known(n.expand(n.in(i), sum.shape()), "operand").toDoubles());
    }
    double[] out = new double[TensorflowNode.table(sum.shape().toArray())];
    for (int k = 0; k < out.length; k++) {
      double[] arguments = new double[all.size()];
      for (int i = 0; i < arguments.length; i++) {
        arguments[i] = all.get(i)[k];
      }
      out[k] = f.of(arguments);
    }
    return n.constant(Tensor.of(sum.type(), out));
  }

  /** Whether an operand is to be reflected at 1/2, and what it is then. */
  private static Operand reflected(TensorflowNode n, Operand x, Operand below) {
    return n.where(below, n.sub(n.number(x.dtype(), 1), x), x);
  }

  /** A polynomial in 1/y^2, times 1/y if odd. */
  private static Operand series(TensorflowNode n, Operand inverse, double[] coefficients) {
    Operand square = n.mul(inverse, inverse);
    Operand sum = n.number(inverse.dtype(), coefficients[coefficients.length - 1]);
    for (int i = coefficients.length - 2; i >= 0; i--) {
      sum = n.with(ElementwiseKind.ADD, n.mul(sum, square), coefficients[i]);
    }
    return sum;
  }

  private static Operand logGamma(TensorflowNode n) {
    Operand x = n.in(0);
    require(x.dtype().isFloat(), "%s of %s", n.op(), x.type());
    DType t = x.dtype();
    Operand below = n.with(ElementwiseKind.LESS, x, 0.5);
    Operand z = reflected(n, x, below);
    Operand product = z;
    for (int i = 1; i < SHIFT; i++) {
      product = n.mul(product, n.with(ElementwiseKind.ADD, z, i));
    }
    Operand y = n.with(ElementwiseKind.ADD, z, SHIFT);
    Operand inverse = n.apply(ElementwiseKind.RECIPROCAL, y);
    Operand main =
        n.sub(n.mul(n.with(ElementwiseKind.SUB, y, 0.5), n.apply(ElementwiseKind.LOG, y)), y);
    Operand all = n.add(main, n.mul(series(n, inverse, LOG_SERIES), inverse));
    all = n.with(ElementwiseKind.ADD, all, 0.5 * Math.log(2 * Math.PI));
    Operand right = n.sub(all, n.apply(ElementwiseKind.LOG, product));
    Operand sine = n.apply(ElementwiseKind.SIN, n.with(ElementwiseKind.MUL, x, Math.PI));
    Operand log = n.apply(ElementwiseKind.LOG, n.apply(ElementwiseKind.ABS, sine));
    return n.where(below, n.sub(n.sub(n.number(t, Math.log(Math.PI)), log), right), right);
  }

  private static Operand digamma(TensorflowNode n) {
    Operand x = n.in(0);
    require(x.dtype().isFloat(), "%s of %s", n.op(), x.type());
    Operand below = n.with(ElementwiseKind.LESS, x, 0.5);
    Operand z = reflected(n, x, below);
    Operand y = n.with(ElementwiseKind.ADD, z, SHIFT);
    Operand inverse = n.apply(ElementwiseKind.RECIPROCAL, y);
    Operand tail = n.mul(series(n, inverse, SLOPE_SERIES), n.mul(inverse, inverse));
    Operand half = n.with(ElementwiseKind.MUL, inverse, 0.5);
    Operand right = n.sub(n.sub(n.apply(ElementwiseKind.LOG, y), half), tail);
    for (int i = 0; i < SHIFT; i++) {
      Operand at = i == 0 ? z : n.with(ElementwiseKind.ADD, z, i);
      right = n.sub(right, n.apply(ElementwiseKind.RECIPROCAL, at));
    }
    Operand angle = n.with(ElementwiseKind.MUL, x, Math.PI);
    Operand cotangent = n.apply(ElementwiseKind.RECIPROCAL, n.apply(ElementwiseKind.TAN, angle));
    return n.where(below, n.sub(right, n.with(ElementwiseKind.MUL, cotangent, Math.PI)), right);
  }
}
