package dev.nncc.frontend.importing;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.DType;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Op;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.op.Cast;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Expand;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Slice;
import dev.nncc.graph.op.Transpose;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One node of a model while it is imported: its operands, and the means to emit nodes of the graph
 * in its name. Each format adds its attributes.
 */
public abstract class ImportedNode {
  /** Constant operands that steer an import (shapes, axes) are small; more is a broken model. */
  private static final long STEERING_ELEMENTS = 1 << 20;

  private final Emitter emitter;
  private final Origin origin;
  private final String op;
  private final List<@Nullable Operand> inputs;

  protected ImportedNode(
      Emitter emitter, Origin origin, String op, List<@Nullable Operand> inputs) {
    this.emitter = emitter;
    this.origin = origin;
    this.op = op;
    this.inputs = inputs;
  }

  /** The operator's name in the model. */
  public String op() {
    return op;
  }

  /** The node's name with those of the calls around it. */
  public String name() {
    return origin.toString();
  }

  /** Number of operands given, absent ones in between counted. */
  public int inputs() {
    return inputs.size();
  }

  public boolean has(int i) {
    return i < inputs.size() && inputs.get(i) != null;
  }

  public Operand in(int i) {
    Operand o = i < inputs.size() ? inputs.get(i) : null;
    if (o == null) {
      throw new ModelException("input " + i + " is missing");
    }
    return o;
  }

  /** All operands; none may be absent. */
  public List<Operand> all() {
    List<Operand> out = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      out.add(in(i));
    }
    return out;
  }

  /** For an operand that is computed at run time and ought not to be. */
  public UnsupportedFeature notConstant(int i, String what) {
    return UnsupportedFeature.notConstant(what, emitter.inputsOf(in(i)));
  }

  /** An operand whose value decides what the node becomes. */
  public Tensor known(int i, String what) {
    Tensor t = in(i).tensor();
    if (t == null) {
      throw notConstant(i, "input " + what);
    }
    require(t.elements() <= STEERING_ELEMENTS, "input %s has %d elements", what, t.elements());
    return t;
  }

  public List<Long> knownIntegers(int i, String what) {
    Tensor t = known(i, what);
    require(!t.dtype().isFloat(), "input %s is %s, not integers", what, t.type());
    return Arrays.stream(t.toLongs()).boxed().toList();
  }

  public long knownInteger(int i, String what) {
    List<Long> v = knownIntegers(i, what);
    require(v.size() == 1, "input %s has %d elements, not one", what, v.size());
    return v.get(0);
  }

  public double knownNumber(int i, String what) {
    Tensor t = known(i, what);
    require(t.elements() == 1, "input %s has %d elements, not one", what, t.elements());
    return t.reader().number(0);
  }

  /** An axis counted from the end if negative. */
  public static int axis(long axis, int rank) {
    require(axis >= -rank && axis < rank, "axis %d is outside rank %d", axis, rank);
    return (int) (axis < 0 ? axis + rank : axis);
  }

  /** Axes normalised, each at most once, ascending. */
  public static List<Integer> axes(List<Long> axes, int rank) {
    List<Integer> out = new ArrayList<>();
    for (long a : axes) {
      int n = axis(a, rank);
      require(!out.contains(n), "axis %d is given twice", a);
      out.add(n);
    }
    out.sort(null);
    return out;
  }

  public Operand emit(Op operator, Operand... operands) {
    List<Operand> results = emitAll(operator, List.of(operands));
    if (results.size() != 1) {
      throw new IllegalStateException(operator.name() + " has " + results.size() + " results");
    }
    return results.get(0);
  }

  public List<Operand> emitAll(Op operator, List<Operand> operands) {
    return emitter.emit(origin, operator, operands);
  }

  public Operand apply(ElementwiseKind kind, Operand... operands) {
    return emit(Elementwise.of(kind), operands);
  }

  public Operand apply(ElementwiseKind kind, double param, Operand operand) {
    return emit(Elementwise.of(kind, param), operand);
  }

  public Operand apply(ElementwiseKind kind, double a, double b, Operand operand) {
    return emit(Elementwise.of(kind, a, b), operand);
  }

  public Operand add(Operand a, Operand b) {
    return apply(ElementwiseKind.ADD, a, b);
  }

  public Operand sub(Operand a, Operand b) {
    return apply(ElementwiseKind.SUB, a, b);
  }

  public Operand mul(Operand a, Operand b) {
    return apply(ElementwiseKind.MUL, a, b);
  }

  public Operand div(Operand a, Operand b) {
    return apply(ElementwiseKind.DIV, a, b);
  }

  public Operand cast(Operand x, DType to) {
    return emit(new Cast(to), x);
  }

  public Operand reshape(Operand x, long... extents) {
    return reshape(x, Shape.of(extents));
  }

  public Operand reshape(Operand x, Shape shape) {
    return emit(new Reshape(shape), x);
  }

  public Operand transpose(Operand x, List<Integer> perm) {
    for (int i = 0; i < perm.size(); i++) {
      if (perm.get(i) != i) {
        return emit(new Transpose(perm), x);
      }
    }
    return x;
  }

  public Operand reduce(ReduceKind kind, Operand x, List<Integer> axes, boolean keepDims) {
    return axes.isEmpty() ? x : emit(new Reduce(kind, axes, keepDims), x);
  }

  public Operand expand(Operand x, Shape shape) {
    return x.shape().equals(shape) ? x : emit(new Expand(shape), x);
  }

  public Operand concat(List<Operand> parts, int axis) {
    return parts.size() == 1 ? parts.get(0) : emitAll(new Concat(axis), parts).get(0);
  }

  /** A range along one axis. */
  public Operand slice(Operand x, int axis, long start, long size) {
    return slice(x, axis, start, size, 1);
  }

  /** Every {@code step}-th element of one axis; a negative step goes backwards. */
  public Operand slice(Operand x, int axis, long start, long size, long step) {
    if (start == 0 && size == x.dim(axis) && step == 1) {
      return x;
    }
    List<Long> starts = new ArrayList<>(Collections.nCopies(x.rank(), 0L));
    List<Long> sizes = extents(x);
    List<Long> steps = new ArrayList<>(Collections.nCopies(x.rank(), 1L));
    starts.set(axis, start);
    sizes.set(axis, size);
    steps.set(axis, step);
    return emit(new Slice(starts, sizes, steps), x);
  }

  /** A list that may be changed. */
  public static List<Long> extents(Operand x) {
    return new ArrayList<>(Arrays.stream(x.shape().toArray()).boxed().toList());
  }

  /** The axes from one (included) to another (excluded). */
  public static List<Integer> range(int from, int to) {
    return IntStream.range(from, to).boxed().toList();
  }

  /** A constant scalar. */
  public Operand number(DType dtype, double value) {
    return Emitter.scalar(dtype, value);
  }

  public Operand filled(DType dtype, Shape shape, double value) {
    return constant(Tensor.filled(new TensorType(dtype, shape), value));
  }

  public Operand constant(Tensor t) {
    return Operand.known("", t);
  }
}
