package dev.nncc.frontend.onnx;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.DType;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Op;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.op.Cast;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Expand;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Transpose;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One node of the model while it is imported: its operands and attributes, and the means to emit
 * nodes of the graph in its name.
 */
final class OnnxNode {
  /** Constant operands that steer an import (shapes, axes) are small; more is a broken model. */
  private static final long STEERING_ELEMENTS = 1 << 20;

  private final Emitter emitter;
  private final Origin origin;
  private final String op;
  private final int opset;
  private final Attrs attrs;
  private final List<@Nullable Operand> inputs;
  private final List<String> outputs;
  private final GraphImporter importer;
  private final GraphImporter.Context context;

  OnnxNode(
      GraphImporter importer,
      GraphImporter.Context context,
      Origin origin,
      String op,
      int opset,
      Attrs attrs,
      List<@Nullable Operand> inputs,
      List<String> outputs) {
    this.importer = importer;
    this.emitter = importer.emitter();
    this.context = context;
    this.origin = origin;
    this.op = op;
    this.opset = opset;
    this.attrs = attrs;
    this.inputs = inputs;
    this.outputs = outputs;
  }

  String op() {
    return op;
  }

  /** The version of the operator set that the node is written in. */
  int opset() {
    return opset;
  }

  Attrs attrs() {
    return attrs;
  }

  GraphImporter importer() {
    return importer;
  }

  GraphImporter.Context context() {
    return context;
  }

  /** The node's name with those of the calls around it. */
  String name() {
    return origin.toString();
  }

  /** Number of operands given, absent ones in between counted. */
  int inputs() {
    return inputs.size();
  }

  boolean has(int i) {
    return i < inputs.size() && inputs.get(i) != null;
  }

  Operand in(int i) {
    Operand o = i < inputs.size() ? inputs.get(i) : null;
    if (o == null) {
      throw new ModelException("input " + i + " is missing");
    }
    return o;
  }

  /** All operands; none may be absent. */
  List<Operand> all() {
    List<Operand> out = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      out.add(in(i));
    }
    return out;
  }

  int outputs() {
    return outputs.size();
  }

  boolean wants(int output) {
    return output < outputs.size() && !outputs.get(output).isEmpty();
  }

  /** For an operand that is computed at run time and ought not to be. */
  UnsupportedFeature notConstant(int i, String what) {
    return UnsupportedFeature.notConstant(what, emitter.inputsOf(in(i)));
  }

  /** An operand whose value decides what the node becomes. */
  Tensor known(int i, String what) {
    Tensor t = in(i).tensor();
    if (t == null) {
      throw notConstant(i, "input " + what);
    }
    require(t.elements() <= STEERING_ELEMENTS, "input %s has %d elements", what, t.elements());
    return t;
  }

  List<Long> knownIntegers(int i, String what) {
    Tensor t = known(i, what);
    require(!t.dtype().isFloat(), "input %s is %s, not integers", what, t.type());
    return Arrays.stream(t.toLongs()).boxed().toList();
  }

  long knownInteger(int i, String what) {
    List<Long> v = knownIntegers(i, what);
    require(v.size() == 1, "input %s has %d elements, not one", what, v.size());
    return v.get(0);
  }

  double knownNumber(int i, String what) {
    Tensor t = known(i, what);
    require(t.elements() == 1, "input %s has %d elements, not one", what, t.elements());
    return t.reader().number(0);
  }

  /** An axis counted from the end if negative. */
  static int axis(long axis, int rank) {
    require(axis >= -rank && axis < rank, "axis %d is outside rank %d", axis, rank);
    return (int) (axis < 0 ? axis + rank : axis);
  }

  /** Axes normalised, each at most once, ascending. */
  static List<Integer> axes(List<Long> axes, int rank) {
    List<Integer> out = new ArrayList<>();
    for (long a : axes) {
      int n = axis(a, rank);
      require(!out.contains(n), "axis %d is given twice", a);
      out.add(n);
    }
    out.sort(null);
    return out;
  }

  Operand emit(Op operator, Operand... operands) {
    List<Operand> results = emitAll(operator, List.of(operands));
    if (results.size() != 1) {
      throw new IllegalStateException(operator.name() + " has " + results.size() + " results");
    }
    return results.get(0);
  }

  List<Operand> emitAll(Op operator, List<Operand> operands) {
    return emitter.emit(origin, operator, operands);
  }

  Operand apply(ElementwiseKind kind, Operand... operands) {
    return emit(Elementwise.of(kind), operands);
  }

  Operand apply(ElementwiseKind kind, double param, Operand operand) {
    return emit(Elementwise.of(kind, param), operand);
  }

  Operand apply(ElementwiseKind kind, double a, double b, Operand operand) {
    return emit(Elementwise.of(kind, a, b), operand);
  }

  Operand cast(Operand x, DType to) {
    return emit(new Cast(to), x);
  }

  Operand reshape(Operand x, long... extents) {
    return reshape(x, Shape.of(extents));
  }

  Operand reshape(Operand x, Shape shape) {
    return emit(new Reshape(shape), x);
  }

  Operand transpose(Operand x, List<Integer> perm) {
    for (int i = 0; i < perm.size(); i++) {
      if (perm.get(i) != i) {
        return emit(new Transpose(perm), x);
      }
    }
    return x;
  }

  Operand reduce(ReduceKind kind, Operand x, List<Integer> axes, boolean keepDims) {
    return axes.isEmpty() ? x : emit(new Reduce(kind, axes, keepDims), x);
  }

  Operand expand(Operand x, Shape shape) {
    return x.shape().equals(shape) ? x : emit(new Expand(shape), x);
  }

  /** A constant scalar. */
  Operand number(DType dtype, double value) {
    return Emitter.scalar(dtype, value);
  }

  Operand filled(DType dtype, Shape shape, double value) {
    return constant(Tensor.filled(new TensorType(dtype, shape), value));
  }

  Operand constant(Tensor t) {
    return Operand.known("", t);
  }
}
