package dev.nncc.frontend.onnx;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.tensor.TensorProtos;
import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.ReduceKind;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Quantised operators, written out in integer products and float scaling: right, not fast. Sums of
 * products are exact in 32-bit integers.
 */
final class QuantisationImports {
  private QuantisationImports() {}

  static void addTo(OperatorTable t) {
    t.one("DequantizeLinear", 10, QuantisationImports::dequantise);
    t.one("QuantizeLinear", 10, QuantisationImports::quantise);
    t.add("DynamicQuantizeLinear", 11, QuantisationImports::dynamicQuantise);
    t.one("MatMulInteger", 10, n -> integerProduct(n, 0, 1, n.has(2) ? 2 : -1, n.has(3) ? 3 : -1));
    t.one("QLinearMatMul", 10, QuantisationImports::quantisedMatMul);
    t.one("ConvInteger", 10, n -> integerConv(n, 0, 1, n.has(2) ? 2 : -1, n.has(3) ? 3 : -1));
    t.one("QLinearConv", 10, QuantisationImports::quantisedConv);
    t.limit("DequantizeLinear", "8 to 32 bits");
    t.limit("QuantizeLinear", "8 and 16 bits");
  }

  /** A parameter along an axis, or one for all, so that it broadcasts against {@code x}. */
  private static Operand along(OnnxNode n, Operand p, Operand x, long axisAttribute) {
    if (p.shape().elements() == 1) {
      return n.reshape(p, Shape.SCALAR);
    }
    int axis = OnnxNode.axis(axisAttribute, x.rank());
    long block = n.attrs().integer("block_size", 0);
    if (block != 0) {
      return inBlocks(n, p, x, axis, block);
    }
    require(p.rank() == 1, "%s along axis %d of %s", p.type(), axis, x.type());
    require(p.dim(0) == x.dim(axis), "%s along axis %d of %s", p.type(), axis, x.type());
    List<Long> extents = new ArrayList<>(List.of(p.dim(0)));
    for (int i = axis + 1; i < x.rank(); i++) {
      extents.add(1L);
    }
    return n.reshape(p, Shape.of(extents));
  }

  /** Each parameter serves a block of elements along the axis; the last block may be shorter. */
  private static Operand inBlocks(OnnxNode n, Operand p, Operand x, int axis, long block) {
    require(block > 0 && p.rank() == x.rank(), "blocks of %d with %s", block, p.type());
    List<Long> split = new ArrayList<>();
    List<Long> wide = new ArrayList<>();
    List<Long> joined = new ArrayList<>();
    for (int i = 0; i < p.rank(); i++) {
      split.add(p.dim(i));
      wide.add(p.dim(i));
      joined.add(i == axis ? Math.multiplyExact(p.dim(i), block) : p.dim(i));
      if (i == axis) {
        split.add(1L);
        wide.add(block);
      }
    }
    long extent = x.dim(axis);
    require(
        joined.get(axis) >= extent && joined.get(axis) - block < extent,
        "blocks of %d with %s for %s",
        block,
        p.type(),
        x.type());
    Operand repeated = n.expand(n.reshape(p, Shape.of(split)), Shape.of(wide));
    Operand whole = n.reshape(repeated, Shape.of(joined));
    return new SliceImports.Part(whole).take(axis, 0, extent, 1).of(n, whole);
  }

  private static Operand dequantise(OnnxNode n) {
    Operand x = n.in(0);
    long axis = n.attrs().integer("axis", 1);
    Operand scale = along(n, n.in(1), x, axis);
    Operand value = n.cast(x, DType.I32);
    if (n.has(2)) {
      Operand zero = n.cast(along(n, n.in(2), x, axis), DType.I32);
      value = n.apply(ElementwiseKind.SUB, value, zero);
    }
    DType type =
        n.attrs().integer("output_dtype", 0) == 0
            ? scale.dtype()
            : TensorProtos.dtype((int) n.attrs().integer("output_dtype"));
    Operand wide = n.apply(ElementwiseKind.MUL, n.cast(value, DType.F32), n.cast(scale, DType.F32));
    return n.cast(wide, type);
  }

  private static Operand quantise(OnnxNode n) {
    Operand x = n.in(0);
    long axis = n.attrs().integer("axis", 1);
    Operand scale = along(n, n.in(1), x, axis);
    DType type = DType.U8;
    if (n.has(2)) {
      type = n.in(2).dtype();
    } else if (n.attrs().integer("output_dtype", 0) != 0) {
      type = TensorProtos.dtype((int) n.attrs().integer("output_dtype"));
    }
    Operand zero = n.has(2) ? along(n, n.in(2), x, axis) : n.number(type, 0);
    return quantise(n, x, scale, zero, type);
  }

  /** Rounds to even, adds the zero point, saturates. */
  static Operand quantise(OnnxNode n, Operand x, Operand scale, Operand zero, DType type) {
    Operand divided = n.apply(ElementwiseKind.DIV, n.cast(x, DType.F32), n.cast(scale, DType.F32));
    return round(n, divided, zero, type);
  }

  private static Operand round(OnnxNode n, Operand x, Operand zero, DType type) {
    Operand rounded = n.apply(ElementwiseKind.ROUND, x);
    Operand moved = n.apply(ElementwiseKind.ADD, rounded, n.cast(zero, DType.F32));
    return n.cast(moved, type);
  }

  private static List<Operand> dynamicQuantise(OnnxNode n) {
    Operand x = n.in(0);
    List<Integer> all = IntStream.range(0, x.rank()).boxed().toList();
    Operand nothing = n.number(x.dtype(), 0);
    Operand min = n.apply(ElementwiseKind.MIN, n.reduce(ReduceKind.MIN, x, all, false), nothing);
    Operand max = n.apply(ElementwiseKind.MAX, n.reduce(ReduceKind.MAX, x, all, false), nothing);
    Operand range = n.apply(ElementwiseKind.SUB, max, min);
    Operand scale = n.apply(ElementwiseKind.DIV, range, n.number(x.dtype(), 255));
    Operand start = n.apply(ElementwiseKind.DIV, n.apply(ElementwiseKind.NEG, min), scale);
    Operand zero = n.cast(n.apply(ElementwiseKind.ROUND, start), DType.U8);
    return List.of(quantise(n, x, scale, zero, DType.U8), scale, zero);
  }

  private static Operand shifted(OnnxNode n, Operand x, Operand zero) {
    return n.apply(ElementwiseKind.SUB, n.cast(x, DType.I32), n.cast(zero, DType.I32));
  }

  /** Product of integers without their zero points; -1: there is none. */
  private static Operand integerProduct(OnnxNode n, int a, int b, int zeroA, int zeroB) {
    Operand left = n.cast(n.in(a), DType.I32);
    if (zeroA >= 0) {
      Operand zero = n.in(zeroA);
      boolean rows = zero.rank() == 1 && zero.dim(0) > 1;
      left = shifted(n, n.in(a), rows ? n.reshape(zero, zero.dim(0), 1) : scalar(n, zero));
    }
    Operand right = n.cast(n.in(b), DType.I32);
    if (zeroB >= 0) {
      right = shifted(n, n.in(b), scalar(n, n.in(zeroB)));
    }
    return MatrixImports.matMul(n, left, right);
  }

  static Operand scalar(OnnxNode n, Operand p) {
    return p.shape().elements() == 1 ? n.reshape(p, Shape.SCALAR) : p;
  }

  private static Operand quantisedMatMul(OnnxNode n) {
    Operand sum = n.cast(integerProduct(n, 0, 3, 2, 5), DType.F32);
    Operand scaleA = scalar(n, n.in(1));
    if (scaleA.rank() == 1) {
      scaleA = n.reshape(scaleA, scaleA.dim(0), 1);
    }
    Operand scale =
        n.apply(
            ElementwiseKind.DIV,
            n.apply(
                ElementwiseKind.MUL,
                n.cast(scaleA, DType.F32),
                n.cast(scalar(n, n.in(4)), DType.F32)),
            n.cast(scalar(n, n.in(6)), DType.F32));
    Operand y = n.apply(ElementwiseKind.MUL, sum, scale);
    return round(n, y, scalar(n, n.in(7)), n.in(7).dtype());
  }

  private static Operand integerConv(OnnxNode n, int x, int w, int zeroX, int zeroW) {
    Operand data = n.cast(n.in(x), DType.I32);
    if (zeroX >= 0) {
      data = shifted(n, n.in(x), scalar(n, n.in(zeroX)));
    }
    Operand weights = n.cast(n.in(w), DType.I32);
    if (zeroW >= 0) {
      weights = shifted(n, n.in(w), along(n, n.in(zeroW), n.in(w), 0));
    }
    List<Long> extents = Windows.spatial(data);
    Windows v = Windows.of(n, extents, Windows.spatial(weights));
    long groups = n.attrs().integer("group", 1);
    require(groups >= 1 && groups <= Integer.MAX_VALUE, "group is %d", groups);
    Conv conv = new Conv(v.strides(), v.padsBegin(), v.padsEnd(), v.dilations(), (int) groups);
    return n.emit(conv, data, weights);
  }

  private static Operand quantisedConv(OnnxNode n) {
    Operand sum = integerConv(n, 0, 3, 2, 5);
    if (n.has(8)) {
      sum = n.apply(ElementwiseKind.ADD, sum, along(n, n.in(8), sum, 1));
    }
    Operand scaleW = along(n, n.in(4), sum, 1);
    Operand scale =
        n.apply(
            ElementwiseKind.DIV,
            n.apply(ElementwiseKind.MUL, scalar(n, n.in(1)), scaleW),
            scalar(n, n.in(6)));
    Operand y = n.apply(ElementwiseKind.MUL, n.cast(sum, DType.F32), scale);
    return round(n, y, scalar(n, n.in(7)), n.in(7).dtype());
  }
}
