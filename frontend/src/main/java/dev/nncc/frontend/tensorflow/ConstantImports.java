package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import dev.nncc.frontend.tensor.TensorProtos;
import dev.nncc.frontend.tensorflow.proto.DataType;
import dev.nncc.frontend.tensorflow.proto.TensorProto;
import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.ArrayList;
import java.util.List;

/** Constants, variables, and what passes its operand on. */
final class ConstantImports {
  /** Operators that check, name or order values. */
  private static final List<String> PASSING =
      List.of(
          "Snapshot",
          "StopGradient",
          "PreventGradient",
          "CheckNumerics",
          "CheckNumericsV2",
          "PlaceholderWithDefault",
          "DeepCopy",
          "EnsureShape",
          "Print",
          "DebugIdentity",
          "DebugGradientIdentity",
          "_EagerConst");

  private static final long MOST_ELEMENTS = 1 << 24;

  private ConstantImports() {}

  static void addTo(Operators t) {
    t.add("Const", ConstantImports::constant);
    // These pass on what is no tensor too.
    t.add("Identity", n -> List.of(n.tokens().get(0)));
    t.add("RefIdentity", n -> List.of(n.tokens().get(0)));
    t.add("IdentityN", TensorflowNode::tokens);
    PASSING.forEach(op -> t.one(op, Operators::same));
    t.one("Fill", ConstantImports::fill);
    t.one("ZerosLike", n -> n.filled(n.in(0).dtype(), n.in(0).shape(), 0));
    t.one("OnesLike", n -> n.filled(n.in(0).dtype(), n.in(0).shape(), 1));
    t.one("Empty", n -> n.filled(n.attrs().dtype("dtype"), shape(n, 0), 0));
    t.one("Range", ConstantImports::range);
    t.one("LinSpace", ConstantImports::linSpace);
    variables(t);
    t.add("Placeholder", ConstantImports::placeholder);
  }

  private static void variables(Operators t) {
    t.add("VarHandleOp", n -> List.of(Token.of(new Item.Variable(n.name()))));
    for (String op : List.of("VariableV2", "Variable")) {
      t.one(op, n -> n.walk().variables().value(n.name()));
    }
    t.one("ReadVariableOp", Operators::same);
    t.one("ResourceGather", n -> n.gather(n.in(0), n.in(1), 0));
    t.limit("ResourceGather", "batch_dims=0");
    t.one("VarIsInitializedOp", n -> n.number(DType.BOOL, 1));
    t.one("IsVariableInitialized", n -> n.number(DType.BOOL, 1));
  }

  private static List<Token> constant(TensorflowNode n) {
    TensorProto p = n.attrs().tensor("value");
    if (p.getDtype() == DataType.DT_STRING) {
      return List.of(Token.of(new Item.Strings(Tensors.strings(p))));
    }
    UnsupportedFeature.when(
        !Tensors.isNumeric(p.getDtype()), "element type %s is not supported", p.getDtype());
    Tensor t = Tensors.decode(p);
    n.walk().count(t.elements());
    return List.of(Token.of(n.constant(t)));
  }

  private static List<Token> placeholder(TensorflowNode n) {
    throw new UnsupportedFeature("its values are no numbers (--inputs names values behind it)");
  }

  /** A shape that an operand holds. */
  static Shape shape(TensorflowNode n, int input) {
    return TensorProtos.shape(n.knownIntegers(input, "shape"));
  }

  private static Operand fill(TensorflowNode n) {
    Shape shape = TensorProtos.shape(n.knownIntegers(0, "dims"));
    require(n.in(1).shape().elements() == 1, "the value is %s", n.in(1).type());
    Tensor value = n.in(1).tensor();
    if (value != null) {
      return n.filled(value.dtype(), shape, value.reader().number(0));
    }
    return n.expand(n.reshape(n.in(1)), shape);
  }

  private static Operand range(TensorflowNode n) {
    Tensor start = n.known(0, "start");
    Tensor limit = n.known(1, "limit");
    Tensor delta = n.known(2, "delta");
    double step = delta.reader().number(0);
    require(step != 0, "delta is 0");
    double from = start.reader().number(0);
    double count = Math.max(0, Math.ceil((limit.reader().number(0) - from) / step));
    require(count <= MOST_ELEMENTS, "the range has %.0f elements", count);
    TensorType type = TensorType.of(start.dtype(), (long) count);
    if (start.dtype().isFloat()) {
      double[] values = new double[(int) count];
      for (int i = 0; i < values.length; i++) {
        values[i] = from + i * step;
      }
      return n.constant(Tensor.of(type, values));
    }
    long[] values = new long[(int) count];
    for (int i = 0; i < values.length; i++) {
      values[i] = start.reader().integer(0) + i * delta.reader().integer(0);
    }
    return n.constant(Tensor.of(type, values));
  }

  private static Operand linSpace(TensorflowNode n) {
    double from = n.knownNumber(0, "start");
    double to = n.knownNumber(1, "stop");
    long count = n.knownInteger(2, "num");
    require(count >= 1 && count <= MOST_ELEMENTS, "num is %d", count);
    List<Double> values = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      values.add(count == 1 ? from : from + (to - from) * i / (count - 1));
    }
    return n.constant(
        Tensor.of(
            TensorType.of(n.in(0).dtype(), count),
            values.stream().mapToDouble(Double::doubleValue).toArray()));
  }
}
