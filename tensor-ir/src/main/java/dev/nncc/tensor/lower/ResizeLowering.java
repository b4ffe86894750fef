package dev.nncc.tensor.lower;

import dev.nncc.graph.DType;
import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Resize;
import dev.nncc.graph.op.ResizeMode;
import dev.nncc.graph.op.ResizeTaps;
import dev.nncc.tensor.constant.Packed;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.region.Region;
import java.util.ArrayList;
import java.util.List;

/**
 * Resampling by tables: for each resized axis the source positions and weights of every result
 * position are constants of the kernel.
 */
final class ResizeLowering implements Lowering {
  @Override
  public List<Phase> lower(Region region, LowerContext context) {
    PhaseBuilder phase = new PhaseBuilder(region, context);
    Node node = region.requireAnchor();
    Domain out = Domain.of(phase.resultStorage(0), "i");
    DType type = node.operand(0).dtype();
    boolean whole = !type.isFloat() && ((Resize) node.op()).mode() != ResizeMode.NEAREST;
    DType acc = whole ? DType.F64 : Reductions.accumulator(type);
    List<Expr> index = Movements.inside(out.logical(), node.result().shape(), -1);
    Expr value = new Sampler(phase, node, acc, out.paddedAxis()).sample(0, index);
    value = whole ? Scalars.cast(type, value) : value;
    var body = out.nest(new Epilogue(phase, out).anchor(value).stores());
    return List.of(phase.build("resize", body, 4.0 * node.result().shape().elements()));
  }

  /** Nested sums over the taps of each axis. */
  private static final class Sampler {
    private final PhaseBuilder phase;
    private final Node node;
    private final Resize resize;
    private final DType acc;
    private final int loose;

    Sampler(PhaseBuilder phase, Node node, DType acc, int loose) {
      this.phase = phase;
      this.node = node;
      this.resize = (Resize) node.op();
      this.acc = acc;
      this.loose = loose;
    }

    /** The interpolated element where axes before {@code axis} already are source coordinates. */
    Expr sample(int axis, List<Expr> index) {
      Value x = node.operand(0);
      if (axis == index.size()) {
        return Scalars.cast(acc, phase.read(x, index, loose));
      }
      long n = x.shape().dim(axis);
      if (resize.sizes().get(axis) == n && resize.scales().get(axis) == 1.0) {
        return sample(axis + 1, index);
      }
      ResizeTaps taps = ResizeTaps.of(resize, axis, n);
      Expr here =
          axis == loose
              ? Exprs.min(index.get(axis), Exprs.index(resize.sizes().get(axis) - 1))
              : index.get(axis);
      Expr sum = null;
      for (int t = 0; t < taps.count(); t++) {
        List<Expr> at = new ArrayList<>(index);
        at.set(axis, position(taps, t, here));
        Expr e = sample(axis + 1, at);
        if (taps.count() > 1) {
          e = Exprs.mul(e, weight(taps, t, here));
        }
        sum = sum == null ? e : Exprs.add(sum, e);
      }
      if (sum == null) {
        throw new IllegalStateException("resize without taps");
      }
      return sum;
    }

    private Expr position(ResizeTaps taps, int tap, Expr here) {
      int n = taps.size();
      // Upsampling by a whole factor is plain index arithmetic.
      if (taps.count() == 1) {
        long factor = 1;
        while (factor < n && taps.position(Math.toIntExact(factor), 0) == 0) {
          factor++;
        }
        boolean whole = true;
        for (int i = 0; i < n; i++) {
          whole &= taps.position(i, 0) == i / factor;
        }
        if (whole) {
          return Exprs.floorDiv(here, factor);
        }
      }
      TensorBuilder table = new TensorBuilder(new TensorType(DType.I64, Shape.of(n)));
      for (int i = 0; i < n; i++) {
        table.set(i, taps.position(i, tap));
      }
      return entry(table.build(), here);
    }

    private Expr weight(ResizeTaps taps, int tap, Expr here) {
      TensorBuilder table = new TensorBuilder(new TensorType(acc, Shape.of(taps.size())));
      for (int i = 0; i < taps.size(); i++) {
        table.set(i, taps.weight(i, tap));
      }
      return entry(table.build(), here);
    }

    private Expr entry(Tensor table, Expr here) {
      return new Expr.Load(phase.constant(Packed.plain(table)), List.of(here));
    }
  }
}
