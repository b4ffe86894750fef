package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import com.google.protobuf.ByteString;
import dev.nncc.frontend.importing.ImportedNode;
import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import dev.nncc.graph.DType;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Gather;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Tile;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One node of the model while it is imported: its operands, its attributes, and what emits. */
final class TensorflowNode extends ImportedNode {
  private static final long MOST_ELEMENTS = 1 << 24;

  private final Walk walk;
  private final Frame frame;
  private final Attributes attrs;
  private final List<Token> inputs;

  TensorflowNode(
      Walk walk, Frame frame, Origin origin, String op, Attributes attrs, List<Token> inputs) {
    super(walk.emitter(), origin, op, operands(inputs));
    this.walk = walk;
    this.frame = frame;
    this.attrs = attrs;
    this.inputs = inputs;
  }

  Attributes attrs() {
    return attrs;
  }

  Walk walk() {
    return walk;
  }

  Frame frame() {
    return frame;
  }

  List<Token> tokens() {
    return inputs;
  }

  Item item(int i) {
    require(i >= 0 && i < inputs.size(), "input %d is missing", i);
    return inputs.get(i).item();
  }

  private static List<@Nullable Operand> operands(List<Token> tokens) {
    List<@Nullable Operand> out = new ArrayList<>();
    for (Token t : tokens) {
      out.add(t.item() instanceof Item.Numbers n ? n.operand() : null);
    }
    return out;
  }

  @Override
  public Operand in(int i) {
    Item item = item(i);
    if (item instanceof Item.Numbers n) {
      return n.operand();
    }
    if (item instanceof Item.Variable v) {
      return walk.variables().value(v.name());
    }
    throw new UnsupportedFeature(
        "input %d is no tensor of numbers but %s",
        i, item instanceof Item.Strings ? "strings" : "a resource");
  }

  /** The operands from one (included) to another (excluded). */
  List<Operand> some(int from, int to) {
    List<Operand> out = new ArrayList<>();
    for (int i = from; i < to; i++) {
      out.add(in(i));
    }
    return out;
  }

  List<ByteString> strings(int i) {
    require(item(i) instanceof Item.Strings, "input %d is no constant of strings", i);
    return ((Item.Strings) item(i)).elements();
  }

  Item.Elements elements(int i) {
    if (item(i) instanceof Item.Elements e) {
      return e;
    }
    throw new ModelException("input " + i + " is no TensorArray or TensorList");
  }

  Tensor known(Operand o, String what) {
    Tensor t = o.tensor();
    if (t == null) {
      throw UnsupportedFeature.notConstant("input " + what, walk.emitter().inputsOf(o));
    }
    return t;
  }

  /** The number of elements of a table that an import makes; more than this is a broken model. */
  static int table(long... extents) {
    long n = Shape.of(extents).elements();
    require(n <= MOST_ELEMENTS, "a table of %d elements", n);
    return (int) n;
  }

  /** Indices of the graph are i64; those of TensorFlow often i32. */
  Operand toIndex(Operand x) {
    return x.dtype() == DType.I64 ? x : cast(x, DType.I64);
  }

  /** Whether images have channels behind their spatial axes. */
  boolean channelsLast() {
    String format = attrs.text("data_format", "NHWC");
    require(
        List.of("NHWC", "NCHW", "NDHWC", "NCDHW", "NWC", "NCW", "N...C", "NC...").contains(format),
        "data_format is '%s'",
        format);
    return format.endsWith("C");
  }

  /** Channels second, as the graph's operators have them. */
  Operand toFirst(Operand x) {
    List<Integer> perm = new ArrayList<>(List.of(0, x.rank() - 1));
    perm.addAll(range(1, x.rank() - 1));
    return transpose(x, perm);
  }

  /** Channels last again. */
  Operand toLast(Operand x) {
    List<Integer> perm = new ArrayList<>(List.of(0));
    perm.addAll(range(2, x.rank()));
    perm.add(1);
    return transpose(x, perm);
  }

  /** Translates between the layout of the node and channels second. */
  Operand inFirst(Operand x) {
    return channelsLast() ? toFirst(x) : x;
  }

  Operand outOf(Operand x) {
    return channelsLast() ? toLast(x) : x;
  }

  /** An operation with a number of the operand's type on its right. */
  Operand with(ElementwiseKind kind, Operand x, double number) {
    return apply(kind, x, number(x.dtype(), number));
  }

  Operand where(Operand condition, Operand yes, Operand no) {
    return apply(ElementwiseKind.WHERE, condition, yes, no);
  }

  Operand matMul(Operand a, Operand b) {
    return emit(new MatMul(false, false), a, b);
  }

  Operand transpose(Operand x, Integer... perm) {
    return transpose(x, List.of(perm));
  }

  /** Each operand becomes a slice along a new axis. */
  Operand stack(List<Operand> parts, int axis) {
    return concat(parts.stream().map(p -> unsqueeze(p, axis)).toList(), axis);
  }

  Operand unsqueeze(Operand x, int axis) {
    List<Long> extents = extents(x);
    extents.add(axis, 1L);
    return reshape(x, Shape.of(extents));
  }

  /** Takes away axes of extent 1. */
  Operand squeeze(Operand x, List<Integer> axes) {
    List<Long> extents = new ArrayList<>();
    for (int i = 0; i < x.rank(); i++) {
      if (axes.contains(i)) {
        require(x.dim(i) == 1, "axis %d of %s is not 1", i, x.type());
      } else {
        extents.add(x.dim(i));
      }
    }
    return reshape(x, Shape.of(extents));
  }

  /** One element of an axis, which goes. */
  Operand at(Operand x, int axis, long index) {
    return squeeze(slice(x, axis, index, 1), List.of(axis));
  }

  Operand reverse(Operand x, int axis) {
    long n = x.dim(axis);
    return n <= 1 ? x : slice(x, axis, n - 1, n, -1);
  }

  Operand tile(Operand x, List<Long> repeats) {
    return repeats.stream().allMatch(r -> r == 1) ? x : emit(new Tile(repeats), x);
  }

  Operand gather(Operand x, Operand indices, int axis) {
    return emit(new Gather(axis), x, indices);
  }

  Operand integers(DType dtype, long... values) {
    return constant(Tensor.of(TensorType.of(dtype, values.length), values));
  }
}
