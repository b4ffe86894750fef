package dev.nncc.frontend.onnx;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.tensor.TensorProtos;
import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Gather;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.graph.op.Softmax;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Attention and rotary positions, written out as matrix products and arithmetic. */
final class AttentionImports {
  private static final List<Integer> HEADS_FIRST = List.of(0, 2, 1, 3);

  private AttentionImports() {}

  static void addTo(OperatorTable t) {
    t.add("Attention", 23, AttentionImports::attention);
    t.one("RotaryEmbedding", 23, AttentionImports::rotary);
  }

  /** [batch, length, heads * size] as [batch, heads, length, size]; rank 4 is so already. */
  private static Operand heads(OnnxNode n, Operand x, String attribute) {
    if (x.rank() == 4) {
      return x;
    }
    require(x.rank() == 3, "%s is neither of rank 3 nor 4", x.type());
    long heads = n.attrs().integer(attribute);
    require(heads > 0 && x.dim(2) % heads == 0, "%d heads of %s", heads, x.type());
    Operand split = n.reshape(x, x.dim(0), x.dim(1), heads, x.dim(2) / heads);
    return n.transpose(split, HEADS_FIRST);
  }

  /** Each key or value head serves several query heads. */
  private static Operand repeated(OnnxNode n, Operand x, long heads) {
    long have = x.dim(1);
    if (have == heads) {
      return x;
    }
    require(have > 0 && heads % have == 0, "%d heads for %s", heads, x.type());
    Operand split = n.reshape(x, x.dim(0), have, 1, x.dim(2), x.dim(3));
    Operand wide = n.expand(split, Shape.of(x.dim(0), have, heads / have, x.dim(2), x.dim(3)));
    return n.reshape(wide, x.dim(0), heads, x.dim(2), x.dim(3));
  }

  private static List<Operand> attention(OnnxNode n) {
    Operand q = heads(n, n.in(0), "q_num_heads");
    Operand k = heads(n, n.in(1), "kv_num_heads");
    Operand v = heads(n, n.in(2), "kv_num_heads");
    require(q.rank() == 4 && k.rank() == 4 && v.rank() == 4 && q.dim(3) > 0, "heads %s", q.type());
    long past = 0;
    if (n.has(4)) {
      require(n.in(4).rank() == 4, "past_key is %s", n.in(4).type());
      past = n.in(4).dim(2);
      k = n.emit(new Concat(2), n.in(4), k);
      v = n.emit(new Concat(2), n.in(5), v);
    }
    DType type = q.dtype();
    double scale = n.attrs().number("scale", 1 / Math.sqrt(q.dim(3)));
    Operand root = n.number(type, Math.sqrt(scale));
    Operand keys = repeated(n, k, q.dim(1));
    Operand product =
        n.emit(
            new MatMul(false, true),
            n.apply(ElementwiseKind.MUL, q, root),
            n.apply(ElementwiseKind.MUL, keys, root));
    Operand capped = softcap(n, product);
    Operand bias = bias(n, q.dim(2), k.dim(2), past, type);
    Operand biased = bias == null ? capped : n.apply(ElementwiseKind.ADD, capped, bias);
    Operand weights = weights(n, biased, bias);
    Operand y = n.emit(new MatMul(false, false), weights, repeated(n, v, q.dim(1)));
    if (n.in(0).rank() == 3) {
      Operand turned = n.transpose(y, HEADS_FIRST);
      y = n.reshape(turned, turned.dim(0), turned.dim(1), turned.dim(2) * turned.dim(3));
    }
    long mode = n.attrs().integer("qk_matmul_output_mode", 0);
    require(mode >= 0 && mode <= 3, "qk_matmul_output_mode is %d", mode);
    return List.of(
        y, k, v, mode == 0 ? product : mode == 1 ? capped : mode == 2 ? biased : weights);
  }

  private static Operand softcap(OnnxNode n, Operand x) {
    double cap = n.attrs().number("softcap", 0);
    if (cap == 0) {
      return x;
    }
    Operand c = n.number(x.dtype(), cap);
    Operand tanh = n.apply(ElementwiseKind.TANH, n.apply(ElementwiseKind.DIV, x, c));
    return n.apply(ElementwiseKind.MUL, tanh, c);
  }

  /** A query that may look at nothing gets weights 0, where softmax alone would give NaN. */
  private static Operand weights(OnnxNode n, Operand biased, @Nullable Operand bias) {
    DType type = biased.dtype();
    long asked = n.attrs().integer("softmax_precision", 0);
    DType precision = asked == 0 ? type : TensorProtos.dtype((int) asked);
    Operand soft = n.emit(new Softmax(biased.rank() - 1), n.cast(biased, precision));
    Operand weights = n.cast(soft, type);
    if (bias == null || (bias.isKnown() && !hidesARow(bias))) {
      return weights;
    }
    Operand best = n.reduce(ReduceKind.MAX, bias, List.of(bias.rank() - 1), true);
    Operand none = n.apply(ElementwiseKind.EQUAL, best, n.number(type, Double.NEGATIVE_INFINITY));
    return n.apply(ElementwiseKind.WHERE, none, n.number(type, 0), weights);
  }

  private static boolean hidesARow(Operand bias) {
    Tensor t = bias.tensor();
    long width = bias.dim(bias.rank() - 1);
    if (t == null || width == 0) {
      return true;
    }
    Tensor.Elements e = t.reader();
    for (long row = 0; row < t.elements(); row += width) {
      boolean hidden = true;
      for (long i = row; i < row + width && hidden; i++) {
        hidden = e.number(i) == Double.NEGATIVE_INFINITY;
      }
      if (hidden) {
        return true;
      }
    }
    return false;
  }

  /** What is added to the products: the mask, minus infinity after a query's own place. */
  private static @Nullable Operand bias(
      OnnxNode n, long queries, long keys, long past, DType type) {
    Operand hidden = n.number(type, Double.NEGATIVE_INFINITY);
    Operand zero = n.number(type, 0);
    Operand bias = null;
    if (n.has(3)) {
      Operand mask = n.in(3);
      bias =
          mask.dtype() == DType.BOOL
              ? n.apply(ElementwiseKind.WHERE, mask, zero, hidden)
              : n.cast(mask, type);
      bias = widened(n, bias, keys);
    }
    if (n.attrs().flag("is_causal", false)) {
      Operand row = n.constant(counting(queries, 1));
      Operand column = n.constant(counting(1, keys));
      Operand offset =
          n.has(6)
              ? n.reshape(
                  n.apply(ElementwiseKind.SUB, n.in(6), n.number(n.in(6).dtype(), queries)),
                  n.in(6).dim(0),
                  1,
                  1,
                  1)
              : n.number(DType.I64, past);
      Operand last = n.apply(ElementwiseKind.ADD, row, offset);
      Operand later = n.apply(ElementwiseKind.LESS, last, column);
      bias = sum(n, bias, n.apply(ElementwiseKind.WHERE, later, hidden, zero));
    }
    if (n.has(6)) {
      Operand lengths = n.reshape(n.in(6), n.in(6).dim(0), 1, 1, 1);
      Operand real = n.apply(ElementwiseKind.LESS, n.constant(counting(1, keys)), lengths);
      bias = sum(n, bias, n.apply(ElementwiseKind.WHERE, real, zero, hidden));
    }
    return bias;
  }

  private static Operand sum(OnnxNode n, @Nullable Operand a, Operand b) {
    return a == null ? b : n.apply(ElementwiseKind.ADD, a, b);
  }

  /** A mask for fewer keys hides the rest. */
  private static Operand widened(OnnxNode n, Operand mask, long keys) {
    int axis = mask.rank() - 1;
    require(axis >= 1, "mask %s has no queries and keys", mask.type());
    long missing = keys - mask.dim(axis);
    if (missing <= 0 || mask.dim(axis) == 1) {
      return mask;
    }
    List<Long> extents = new ArrayList<>();
    for (long d : mask.shape().toArray()) {
      extents.add(d);
    }
    extents.set(axis, missing);
    Operand rest = n.filled(mask.dtype(), Shape.of(extents), Double.NEGATIVE_INFINITY);
    return n.emit(new Concat(axis), mask, rest);
  }

  private static Tensor counting(long rows, long columns) {
    long[] v = new long[Math.toIntExact(Math.multiplyExact(rows, columns))];
    for (int i = 0; i < v.length; i++) {
      v[i] = i;
    }
    return Tensor.ofLongs(Shape.of(rows, columns), v);
  }

  /** Turns pairs of elements by angles that belong to positions. */
  private static Operand rotary(OnnxNode n) {
    Operand x = n.in(0);
    boolean turned = x.rank() == 4;
    Operand in;
    if (turned) {
      in = n.transpose(x, HEADS_FIRST);
    } else {
      long heads = n.attrs().integer("num_heads");
      require(
          x.rank() == 3 && heads > 0 && x.dim(2) % heads == 0, "%d heads in %s", heads, x.type());
      in = n.reshape(x, x.dim(0), x.dim(1), heads, x.dim(2) / heads);
    }
    long size = in.dim(3);
    long asked = n.attrs().integer("rotary_embedding_dim", 0);
    long rotated = asked == 0 ? size : asked;
    require(rotated > 0 && rotated <= size && rotated % 2 == 0, "%d of %d turn", rotated, size);
    boolean interleaved = n.attrs().flag("interleaved", false);
    long half = rotated / 2;
    Operand cos = cache(n, 1, half);
    Operand sin = cache(n, 2, half);
    Operand a = part(n, in, 0, half, interleaved ? 2 : 1);
    Operand b = part(n, in, interleaved ? 1 : half, half, interleaved ? 2 : 1);
    Operand real =
        n.apply(
            ElementwiseKind.SUB,
            n.apply(ElementwiseKind.MUL, cos, a),
            n.apply(ElementwiseKind.MUL, sin, b));
    Operand imaginary =
        n.apply(
            ElementwiseKind.ADD,
            n.apply(ElementwiseKind.MUL, sin, a),
            n.apply(ElementwiseKind.MUL, cos, b));
    Operand y;
    if (interleaved) {
      Shape column = Shape.of(in.dim(0), in.dim(1), in.dim(2), half, 1);
      Operand pairs = n.emit(new Concat(4), n.reshape(real, column), n.reshape(imaginary, column));
      y = n.reshape(pairs, in.dim(0), in.dim(1), in.dim(2), rotated);
    } else {
      y = n.emit(new Concat(3), real, imaginary);
    }
    if (rotated < size) {
      y = n.emit(new Concat(3), y, part(n, in, rotated, size - rotated, 1));
    }
    return n.reshape(turned ? n.transpose(y, HEADS_FIRST) : y, x.shape());
  }

  private static Operand part(OnnxNode n, Operand x, long start, long size, long step) {
    return new SliceImports.Part(x).take(3, start, size, step).of(n, x);
  }

  /** [batch, length, 1, half]: the angles of each position, the same for all heads. */
  private static Operand cache(OnnxNode n, int i, long half) {
    Operand table = n.in(i);
    Operand rows = n.has(3) ? n.emit(new Gather(0), table, n.in(3)) : table;
    require(rows.rank() == 3 && rows.dim(2) >= half, "angles %s", rows.type());
    Operand cut = new SliceImports.Part(rows).take(2, 0, half, 1).of(n, rows);
    return n.reshape(cut, cut.dim(0), cut.dim(1), 1, half);
  }
}
