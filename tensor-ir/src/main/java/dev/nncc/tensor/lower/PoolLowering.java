package dev.nncc.tensor.lower;

import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.PoolKind;
import dev.nncc.tensor.constant.Packed;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.region.Region;
import java.util.ArrayList;
import java.util.List;

/**
 * Maximum and average over a window. Averages multiply by the reciprocal of a count that depends on
 * the position only.
 */
final class PoolLowering implements Lowering {
  @Override
  public List<Phase> lower(Region region, LowerContext context) {
    PhaseBuilder phase = new PhaseBuilder(region, context);
    Node node = region.requireAnchor();
    Pool pool = (Pool) node.op();
    Value x = node.operand(0);
    Domain out = Domain.of(phase.resultStorage(0), "i");
    int spatial = x.shape().rank() - 2;
    List<String> over = new ArrayList<>();
    List<Long> extents = new ArrayList<>();
    List<Expr> at = new ArrayList<>(out.logical().subList(0, 2));
    List<Long> below = new ArrayList<>(List.of(0L, 0L));
    List<Long> above = new ArrayList<>(List.of(0L, 0L));
    for (int a = 0; a < spatial; a++) {
      long extent = pool.kernel().get(a);
      over.add("k" + a);
      extents.add(extent);
      Expr k = Domain.at("k" + a, extent);
      Expr i =
          Exprs.add(
              Exprs.mul(out.logical().get(a + 2), Exprs.index(pool.strides().get(a))),
              Exprs.mul(k, Exprs.index(pool.dilations().get(a))));
      at.add(Exprs.sub(i, Exprs.index(pool.padsBegin().get(a))));
      below.add(pool.padsBegin().get(a));
      above.add(overhang(pool, node, a));
    }
    over.removeIf(k -> extents.get(Integer.parseInt(k.substring(1))) == 1);
    boolean max = pool.kind() == PoolKind.MAX;
    var acc = Reductions.accumulator(x.dtype());
    Expr identity = Exprs.identity(max ? Expr.BinOp.MAX : Expr.BinOp.ADD, acc);
    double fill = max ? border(phase, x, identity) : 0;
    Expr value = Scalars.cast(acc, phase.readPadded(x, at, below, above, fill));
    Expr scale = max ? identity : reciprocal(phase, pool, node, out);
    Stmt leaf =
        Reductions.withEpilogue(
            new Epilogue(phase, out),
            max ? Expr.BinOp.MAX : Expr.BinOp.ADD,
            over,
            identity,
            value,
            e -> max ? e : Exprs.mul(e, Scalars.cast(acc, scale)));
    List<String> loops = new ArrayList<>();
    for (int a = 0; a < spatial; a++) {
      loops.add("k" + a);
    }
    double flops =
        (double) node.result().shape().elements() * extents.stream().reduce(1L, (p, q) -> p * q);
    return List.of(
        phase.build(
            max ? "max_pool" : "average_pool", out.nest(Domain.nest(loops, extents, leaf)), flops));
  }

  /**
   * What may stand outside without changing a maximum: zero where nothing is negative, so that the
   * pool can share a convolution's border.
   */
  private static double border(PhaseBuilder phase, Value x, Expr identity) {
    return phase.nonNegative(x) ? 0 : ((Expr.Const) identity).number();
  }

  /** How far the last window reaches past the last element. */
  static long overhang(Pool pool, Node node, int a) {
    long last =
        (node.result().shape().dim(a + 2) - 1) * pool.strides().get(a)
            + (pool.kernel().get(a) - 1) * pool.dilations().get(a)
            - pool.padsBegin().get(a);
    return Math.max(0, last - (node.operand(0).shape().dim(a + 2) - 1));
  }

  /** One number where every window counts alike, else a table over the output positions. */
  private static Expr reciprocal(PhaseBuilder phase, Pool pool, Node node, Domain out) {
    int spatial = pool.kernel().size();
    List<long[]> counts = new ArrayList<>();
    boolean same = true;
    for (int a = 0; a < spatial; a++) {
      long[] c = counts(pool, node, a);
      counts.add(c);
      for (long n : c) {
        same &= n == c[0];
      }
    }
    var acc = Reductions.accumulator(node.result().dtype());
    if (same) {
      double n = counts.stream().mapToDouble(c -> c[0]).reduce(1, (p, q) -> p * q);
      return Exprs.number(acc, 1 / n);
    }
    Shape shape = Shape.of(counts.stream().mapToLong(c -> c.length).toArray());
    TensorBuilder table = new TensorBuilder(new TensorType(acc, shape));
    long[] strides = shape.strides();
    for (long i = 0, n = shape.elements(); i < n; i++) {
      double count = 1;
      for (int a = 0; a < spatial; a++) {
        long[] c = counts.get(a);
        count *= c[Math.toIntExact(i / strides[a] % c.length)];
      }
      table.set(i, 1 / count);
    }
    return new Expr.Load(
        phase.constant(Packed.plain(table.build())), out.logical().subList(2, 2 + spatial));
  }

  /**
   * Elements that count in each window along one axis: inside the input, or inside input and
   * declared padding.
   */
  private static long[] counts(Pool pool, Node node, int a) {
    long[] n = new long[Math.toIntExact(node.result().shape().dim(a + 2))];
    long low = pool.countPad() ? -pool.padsBegin().get(a) : 0;
    long high = node.operand(0).shape().dim(a + 2) + (pool.countPad() ? pool.padsEnd().get(a) : 0);
    for (int o = 0; o < n.length; o++) {
      long start = o * pool.strides().get(a) - pool.padsBegin().get(a);
      for (long k = 0; k < pool.kernel().get(a); k++) {
        long i = start + k * pool.dilations().get(a);
        n[o] += i >= low && i < high ? 1 : 0;
      }
      n[o] = Math.max(1, n[o]);
    }
    return n;
  }
}
