package dev.nncc.tensor.lower;

import dev.nncc.graph.DType;
import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.MatMul;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.region.Region;
import dev.nncc.tensor.storage.Storage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Batched matrix product. A constant right operand is packed into {@linkplain WeightPacking#panels
 * panels}, in pairs along the depth where both factors are bf16.
 */
final class MatMulLowering implements Lowering {
  private static final long FEW_ROWS = 4;

  /** Elements of weights that stay in a cache, where nothing is won by walking along columns. */
  private static final long SMALL = 1 << 14;

  @Override
  public List<Phase> lower(Region region, LowerContext context) {
    return StrassenMatMul.of(region, context).orElseGet(() -> plain(region, context));
  }

  private static List<Phase> plain(Region region, LowerContext context) {
    PhaseBuilder phase = new PhaseBuilder(region, context);
    Node node = region.requireAnchor();
    MatMul op = (MatMul) node.op();
    Value a = region.narrow(node.operand(0));
    Value b = region.narrow(node.operand(1));
    Shape result = node.result().shape();
    int rank = result.rank();
    Domain out = Domain.of(phase.resultStorage(0), "i");
    long depth = a.shape().dim(a.shape().rank() - (op.transposeA() ? 2 : 1));
    Expr k = Domain.at("k", depth);
    Expr m = out.logical().get(rank - 2);
    Expr n = out.logical().get(rank - 1);
    List<Expr> leading = out.logical().subList(0, rank - 2);
    DType acc = Reductions.accumulator(node.operand(0).dtype());
    Expr left =
        phase.read(a, operand(leading, a.shape(), op.transposeA() ? List.of(k, m) : List.of(m, k)));
    Expr right = right(phase, out, b, op, k, n, depth % 2 == 0 && multipliesPairs(a, b));
    Expr product = Exprs.mul(Scalars.cast(acc, left), Scalars.cast(acc, right));
    List<String> over = depth == 1 ? List.of() : List.of("k");
    var leaf =
        Reductions.withEpilogue(
            new Epilogue(phase, out), Expr.BinOp.ADD, over, Exprs.number(acc, 0), product, e -> e);
    double flops = 2.0 * result.elements() * depth;
    return List.of(
        phase.build("matmul", out.nest(Domain.nest(List.of("k"), List.of(depth), leaf)), flops));
  }

  /** Where an operand is read under numpy broadcasting. */
  static List<Expr> operand(List<Expr> leading, Shape shape, List<Expr> lastTwo) {
    int batch = shape.rank() - 2;
    int skip = leading.size() - batch;
    List<Expr> at = new ArrayList<>();
    for (int d = 0; d < batch; d++) {
      at.add(shape.dim(d) == 1 ? Exprs.index(0) : leading.get(d + skip));
    }
    at.addAll(lastTwo);
    return at;
  }

  /** Whether processors may multiply and add pairs of these, so that pairs should be neighbours. */
  static boolean multipliesPairs(Value a, Value b) {
    return a.dtype() == DType.BF16 && b.dtype() == DType.BF16;
  }

  private static Expr right(
      PhaseBuilder phase, Domain out, Value b, MatMul op, Expr k, Expr n, boolean pairs) {
    List<Expr> leading = out.logical().subList(0, out.logical().size() - 2);
    List<Expr> plain = operand(leading, b.shape(), op.transposeB() ? List.of(n, k) : List.of(k, n));
    Optional<Tensor> constant = phase.constant(b);
    int rank = b.shape().rank();
    if (constant.isEmpty() || rank != 2) {
      return phase.read(b, plain);
    }
    int kAxis = op.transposeB() ? 1 : 0;
    long depth = b.shape().dim(kAxis);
    long width = b.shape().dim(1 - kAxis);
    boolean ragged = width % Storage.BLOCK != 0 && width > Storage.BLOCK && width * depth > SMALL;
    if (ragged && inRows(kAxis, out)) {
      return new WeightPacking(constant.get())
          .axis(width, 1 - kAxis, 1, n)
          .axis(depth, kAxis, 1, k)
          .read(phase);
    }
    return new WeightPacking(constant.get()).panels(1 - kAxis, n, kAxis, k, pairs).read(phase);
  }

  /**
   * Whether columns that fill no panels lie one after the other: where the model has them so (a
   * table of words that also scores them), or where so few rows use them that each column is best
   * walked along.
   */
  private static boolean inRows(int kAxis, Domain out) {
    long rows = 1;
    for (int d = 0; d + 1 < out.extents().size(); d++) {
      rows *= out.extents().get(d);
    }
    return kAxis == 1 || rows <= FEW_ROWS;
  }
}
