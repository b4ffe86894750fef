package dev.nncc.frontend.onnx;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import dev.nncc.frontend.onnx.proto.AttributeProto;
import dev.nncc.frontend.tensor.TensorProtos;
import dev.nncc.graph.DType;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import java.util.List;

/** Tensors that are known from attributes or from constant operands. */
final class ConstantImports {
  /** What these make is held in memory while importing. */
  private static final long ELEMENTS = 1L << 26;

  private ConstantImports() {}

  static void addTo(OperatorTable t) {
    t.one("Constant", 1, ConstantImports::constant);
    t.one("ConstantOfShape", 9, ConstantImports::constantOfShape);
    t.one("EyeLike", 9, ConstantImports::eyeLike);
    t.one("Range", 11, ConstantImports::range);
    t.one("HannWindow", 17, n -> window(n, 0.5, 0.5, 0));
    t.one("HammingWindow", 17, n -> window(n, 25.0 / 46, 21.0 / 46, 0));
    t.one("BlackmanWindow", 17, n -> window(n, 0.42, 0.5, 0.08));
    t.limit("Constant", "no strings");
    t.limit("Range", "constant operands");
  }

  private static Operand constant(OnnxNode n) {
    List<String> names = n.attrs().names();
    require(names.size() == 1, "a constant has one value, not %s", names);
    String name = names.get(0);
    AttributeProto a = n.attrs().raw(name);
    ModelFile file = n.importer().file();
    Tensor t =
        switch (name) {
          case "value" -> decode(n.attrs(), file);
          case "sparse_value" -> SparseTensors.densify(a.getSparseTensor(), file);
          case "value_float" -> floats(Shape.SCALAR, List.of(a.getF()));
          case "value_floats" -> floats(Shape.of(a.getFloatsCount()), a.getFloatsList());
          case "value_int" -> Tensor.ofLongs(Shape.SCALAR, a.getI());
          case "value_ints" ->
              Tensor.ofLongs(
                  Shape.of(a.getIntsCount()),
                  a.getIntsList().stream().mapToLong(Long::longValue).toArray());
          default -> throw new UnsupportedFeature("%s is not supported", name);
        };
    return n.constant(t);
  }

  private static Tensor decode(Attrs attrs, ModelFile file) {
    return file.tensor(attrs.tensor("value"));
  }

  private static Tensor floats(Shape shape, List<Float> values) {
    TensorBuilder b = new TensorBuilder(new TensorType(DType.F32, shape));
    for (int i = 0; i < values.size(); i++) {
      b.set(i, values.get(i));
    }
    return b.build();
  }

  private static Operand constantOfShape(OnnxNode n) {
    Shape shape = TensorProtos.shape(n.knownIntegers(0, "shape"));
    if (!n.attrs().has("value")) {
      checkSize(shape);
      return n.filled(DType.F32, shape, 0);
    }
    Tensor value = n.importer().file().tensor(n.attrs().tensor("value"));
    require(value.elements() == 1, "value is %s, not one element", value.type());
    checkSize(shape);
    Tensor.Elements e = value.reader();
    if (!value.dtype().isFloat() && (long) e.number(0) != e.integer(0)) {
      // Not a number of a double: stays an integer this way.
      return n.expand(n.constant(value.reshaped(Shape.SCALAR)), shape);
    }
    return n.filled(value.dtype(), shape, e.number(0));
  }

  private static void checkSize(Shape shape) {
    UnsupportedFeature.when(
        shape.elements() > ELEMENTS, "a constant of shape %s is too large", shape);
  }

  private static Operand eyeLike(OnnxNode n) {
    Operand x = n.in(0);
    require(x.rank() == 2, "%s is no matrix", x.type());
    DType dtype =
        n.attrs().has("dtype") ? TensorProtos.dtype((int) n.attrs().integer("dtype")) : x.dtype();
    checkSize(x.shape());
    TensorBuilder b = new TensorBuilder(new TensorType(dtype, x.shape()));
    long k = n.attrs().integer("k", 0);
    for (long row = 0; row < x.dim(0); row++) {
      if (row + k >= 0 && row + k < x.dim(1)) {
        b.set(row * x.dim(1) + row + k, 1L);
      }
    }
    return n.constant(b.build());
  }

  private static Operand range(OnnxNode n) {
    Tensor start = n.known(0, "start");
    Tensor limit = n.known(1, "limit");
    Tensor delta = n.known(2, "delta");
    require(
        start.elements() == 1 && limit.elements() == 1 && delta.elements() == 1,
        "start, limit and delta are scalars");
    require(
        start.dtype() == limit.dtype() && start.dtype() == delta.dtype(),
        "start, limit and delta have several types");
    double step = delta.reader().number(0);
    require(step != 0, "delta is 0");
    double count =
        Math.max(0, Math.ceil((limit.reader().number(0) - start.reader().number(0)) / step));
    require(count <= ELEMENTS, "a range of %.0f elements is too large", count);
    TensorBuilder b = new TensorBuilder(TensorType.of(start.dtype(), (long) count));
    for (int i = 0; i < count; i++) {
      if (start.dtype().isFloat()) {
        b.set(i, start.reader().number(0) + i * step);
      } else {
        b.set(i, start.reader().integer(0) + i * delta.reader().integer(0));
      }
    }
    return n.constant(b.build());
  }

  /** {@code a - b cos(2 pi i / m) + c cos(4 pi i / m)}, m the length of a period. */
  private static Operand window(OnnxNode n, double a, double b, double c) {
    long size = n.knownInteger(0, "size");
    require(size >= 0 && size <= ELEMENTS, "size is %d", size);
    int type = (int) n.attrs().integer("output_datatype", 1);
    DType dtype = TensorProtos.dtype(type);
    if (!dtype.isFloat()) {
      throw new ModelException("a window of " + dtype.text());
    }
    double period = n.attrs().flag("periodic", true) ? size : size - 1;
    TensorBuilder out = new TensorBuilder(TensorType.of(dtype, size));
    for (int i = 0; i < size; i++) {
      double angle = 2 * Math.PI * i / period;
      out.set(i, a - b * Math.cos(angle) + c * Math.cos(2 * angle));
    }
    return n.constant(out.build());
  }
}
