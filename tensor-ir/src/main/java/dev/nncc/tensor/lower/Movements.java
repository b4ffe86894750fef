package dev.nncc.tensor.lower;

import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Expand;
import dev.nncc.graph.op.Pad;
import dev.nncc.graph.op.PadMode;
import dev.nncc.graph.op.Slice;
import dev.nncc.graph.op.Tile;
import dev.nncc.graph.op.Transpose;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.storage.Storage;
import java.util.ArrayList;
import java.util.List;

/** Elements of the movement operators: the operand at an index computed from the result's. */
final class Movements {
  private Movements() {}

  /**
   * By row-major position, division and remainder; the simplifier removes what the extents allow.
   */
  static Expr reshape(PhaseBuilder phase, Node node, List<Expr> index, int loose) {
    Shape from = node.operand(0).shape();
    Shape to = node.result().shape();
    return phase.read(node.operand(0), unflatten(flatten(inside(index, to, loose), to), from));
  }

  static Expr flatten(List<Expr> index, Shape shape) {
    long[] strides = shape.strides();
    Expr linear = Exprs.index(0);
    for (int a = 0; a < index.size(); a++) {
      linear = Exprs.add(linear, Exprs.mul(index.get(a), Exprs.index(strides[a])));
    }
    return linear;
  }

  static List<Expr> unflatten(Expr linear, Shape shape) {
    long[] strides = shape.strides();
    List<Expr> at = new ArrayList<>();
    for (int a = 0; a < shape.rank(); a++) {
      Expr q = Exprs.floorDiv(linear, Math.max(1, strides[a]));
      at.add(a == 0 ? q : Exprs.mod(q, Math.max(1, shape.dim(a))));
    }
    return at;
  }

  /** Indices of padding lanes clamped to the last element. */
  static List<Expr> inside(List<Expr> index, Shape shape, int loose) {
    if (loose < 0) {
      return index;
    }
    List<Expr> at = new ArrayList<>(index);
    at.set(loose, Exprs.min(index.get(loose), Exprs.index(shape.dim(loose) - 1)));
    return at;
  }

  static Expr transpose(PhaseBuilder phase, Node node, List<Expr> index, int loose) {
    List<Integer> perm = ((Transpose) node.op()).perm();
    List<Expr> at = new ArrayList<>(index);
    for (int a = 0; a < perm.size(); a++) {
      at.set(perm.get(a), index.get(a));
    }
    return phase.read(node.operand(0), at, loose < 0 ? -1 : perm.get(loose));
  }

  static Expr slice(PhaseBuilder phase, Node node, List<Expr> index, int loose) {
    Slice s = (Slice) node.op();
    List<Expr> in = inside(index, node.result().shape(), loose);
    List<Expr> at = new ArrayList<>();
    for (int a = 0; a < in.size(); a++) {
      Expr step = Exprs.mul(in.get(a), Exprs.index(s.steps().get(a)));
      at.add(Exprs.add(step, Exprs.index(s.starts().get(a))));
    }
    return phase.read(node.operand(0), at);
  }

  static Expr expand(PhaseBuilder phase, Node node, List<Expr> index, int loose) {
    Shape x = node.operand(0).shape();
    int axis = loose - (index.size() - x.rank());
    boolean spans = loose >= 0 && axis >= 0 && x.dim(axis) != 1;
    if (!(node.op() instanceof Expand)) {
      throw new IllegalStateException(node.op().name());
    }
    return phase.read(node.operand(0), PhaseBuilder.broadcast(index, x), spans ? axis : -1);
  }

  static Expr tile(PhaseBuilder phase, Node node, List<Expr> index, int loose) {
    Shape x = node.operand(0).shape();
    Tile tile = (Tile) node.op();
    List<Expr> at = new ArrayList<>();
    for (int a = 0; a < x.rank(); a++) {
      at.add(
          tile.repeats().get(a) == 1 && a != loose
              ? index.get(a)
              : Exprs.mod(index.get(a), x.dim(a)));
    }
    return phase.read(node.operand(0), at);
  }

  static Expr pad(PhaseBuilder phase, Node node, List<Expr> index, int loose) {
    Pad pad = (Pad) node.op();
    Value x = node.operand(0);
    boolean lanes = loose >= 0 && phase.hasZeroLanes(x, loose, pad.value());
    boolean zeros = lanes && pad.mode() == PadMode.CONSTANT && pad.before().get(loose) == 0;
    List<Expr> in = zeros ? index : inside(index, node.result().shape(), loose);
    List<Expr> at = new ArrayList<>();
    for (int a = 0; a < in.size(); a++) {
      Expr i = Exprs.sub(in.get(a), Exprs.index(pad.before().get(a)));
      boolean border = pad.before().get(a) > 0 || pad.after().get(a) > 0;
      at.add(border ? folded(pad.mode(), i, x.shape().dim(a)) : i);
    }
    if (pad.mode() != PadMode.CONSTANT) {
      return phase.read(x, at);
    }
    List<Long> above = new ArrayList<>(pad.after());
    if (zeros) {
      // padding lanes of the result are read as what lies behind the operand: zeros
      above.set(loose, Storage.inBlocks(node.result().shape().dim(loose)) - x.shape().dim(loose));
    }
    return phase.readPadded(x, at, pad.before(), above, pad.value(), zeros ? loose : -1);
  }

  /** A coordinate outside 0 .. n-1 brought back by the mode. */
  private static Expr folded(PadMode mode, Expr i, long n) {
    return switch (mode) {
      case CONSTANT -> i;
      case EDGE -> Exprs.max(Exprs.min(i, Exprs.index(n - 1)), Exprs.index(0));
      case WRAP -> Exprs.mod(i, n);
      case REFLECT -> {
        if (n == 1) {
          yield Exprs.index(0);
        }
        // A triangle wave of period 2(n-1).
        Expr phase = Exprs.mod(i, 2 * (n - 1));
        yield Exprs.min(phase, Exprs.sub(Exprs.index(2 * (n - 1)), phase));
      }
    };
  }
}
