package dev.nncc.tensor.lower;

import static dev.nncc.tensor.lower.Domain.at;
import static dev.nncc.tensor.lower.Domain.times;

import dev.nncc.graph.DType;
import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.MatMul;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.region.Region;
import dev.nncc.tensor.storage.Storage;
import dev.nncc.tensor.winograd.Strassen;
import dev.nncc.tensor.winograd.StrassenProduct;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Product with a constant matrix by 7 products of halves for 8, in Winograd's form of Strassen's
 * algorithm. Rows of the first half pair with those of the second; sums of the quarters of the left
 * factor are made by a kernel of their own. Then, for a panel of columns of each half: sums of the
 * quarters of the right factor, the products, and what they make of results, with the region's
 * epilogue; all that in memory of the worker. The weights lie as for the plain product.
 */
final class StrassenMatMul {
  private static final String NAME = StrassenLowering.NAME;
  private static final int BLOCK = Storage.BLOCK;

  /** Of quarters of the left factor, and of the right one. */
  private static final int SUMS = 4;

  /** Rows at multiples of so many bytes share few places in the first cache. */
  private static final long COLLIDING = 2048;

  private final Region region;
  private final LowerContext context;
  private final StrassenProduct p;
  private final Node node;
  private final List<Long> lead = new ArrayList<>();
  private final List<String> leadVars = new ArrayList<>();
  private final long pairs;

  /** How many rows the second half begins behind the first. */
  private final long shift;

  private final long columns;
  private final long halfDepth;
  private final long panel;

  private StrassenMatMul(Region region, LowerContext context, StrassenProduct p) {
    this.region = region;
    this.context = context;
    this.p = p;
    node = region.requireAnchor();
    Shape y = node.result().shape();
    for (int i = 0; i < y.rank() - 2; i++) {
      lead.add(y.dim(i));
      leadVars.add("n" + i);
    }
    pairs = p.pairs() * p.blocks();
    shift = y.dim(y.rank() - 2) - pairs;
    columns = p.columns() / 2;
    halfDepth = p.depth() / 2;
    panel = p.panel();
  }

  /** Empty where the plain product is cheaper, or a storage does not fit. */
  static Optional<List<Phase>> of(Region region, LowerContext context) {
    PhaseBuilder phase = new PhaseBuilder(region, context);
    Node node = region.requireAnchor();
    Value a = region.narrow(node.operand(0));
    Value b = region.narrow(node.operand(1));
    boolean rows = phase.constant(a).isEmpty() && !phase.isMadeInside(a);
    for (int i = 0; i < region.results().size(); i++) {
      rows &= !phase.resultStorage(i).isBlocked() && region.part(i).isEmpty();
    }
    boolean narrow = a.dtype() != DType.F32 || b.dtype() != DType.F32;
    if (!rows || narrow || phase.constant(b).isEmpty()) {
      return Optional.empty();
    }
    return context
        .winograd()
        .ofMatMul(node)
        .map(p -> new StrassenMatMul(region, context, p))
        .map(l -> List.of(l.sumsPhase(), l.productsPhase()));
  }

  private List<Expr> leading() {
    List<Expr> all = new ArrayList<>();
    for (int i = 0; i < lead.size(); i++) {
      all.add(at(leadVars.get(i), lead.get(i)));
    }
    return all;
  }

  private Stmt nest(List<String> vars, List<Long> extents, Stmt body) {
    return Domain.nest(leadVars, lead, Domain.nest(vars, extents, body));
  }

  private Buffer local(String name, Long... extents) {
    return Buffer.of(name, DType.F32, Space.LOCAL, List.of(extents));
  }

  /** {@code [leading axes][sum][pair][depth]}. */
  private Buffer sums(PhaseBuilder phase) {
    List<Long> extents = new ArrayList<>(lead);
    extents.addAll(List.of((long) SUMS, pairs, halfDepth));
    List<Long> pitched = new ArrayList<>(extents);
    boolean collides = halfDepth * Float.BYTES % COLLIDING == 0;
    pitched.set(pitched.size() - 1, halfDepth + (collides ? BLOCK : 0));
    List<Long> none = PhaseBuilder.zeros(extents.size());
    List<Long> strides = Buffer.rowMajor(pitched);
    return phase.scratch(
        0, new Buffer("v", DType.F32, Space.GLOBAL, extents, none, none, strides, 0, 0, List.of()));
  }

  private Expr sum(Buffer v, Expr which, Expr pair, Expr k) {
    List<Expr> index = leading();
    index.addAll(List.of(which, pair, k));
    return new Expr.Load(v, index);
  }

  /** Of a quarter of the left factor, the element at a pair and depth. */
  private Expr left(PhaseBuilder phase, int down, Expr right, Expr pair, Expr k) {
    Value a = region.narrow(node.operand(0));
    Expr m = Exprs.add(pair, Exprs.index(down * shift));
    Expr at = Exprs.add(times(right, halfDepth), k);
    List<Expr> lastTwo = ((MatMul) node.op()).transposeA() ? List.of(at, m) : List.of(m, at);
    return phase.read(a, MatMulLowering.operand(leading(), a.shape(), lastTwo));
  }

  private Phase sumsPhase() {
    PhaseBuilder phase = new PhaseBuilder(region, context);
    Buffer v = sums(phase);
    Expr r = at("r", pairs);
    Expr k = Exprs.var("k");
    Named x = new Named("x");
    List<Expr> q = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      q.add(x.of(left(phase, i / 2, Exprs.index(i % 2), r, k)));
    }
    List<Expr> all = StrassenForm.sums(q, x::of);
    List<Expr> sums = List.of(all.get(2), all.get(4), all.get(5), all.get(6));
    List<Stmt> stores = new ArrayList<>();
    for (int f = 0; f < SUMS; f++) {
      List<Expr> to = leading();
      to.addAll(List.of(Exprs.index(f), r, k));
      stores.add(new Stmt.Store(v, to, sums.get(f)));
    }
    double pairsOfColumns = (double) node.result().shape().elements() / (4 * columns) * halfDepth;
    return phase.build(
        NAME + "_sums",
        nest(List.of("r", "k"), List.of(pairs, halfDepth), x.around(Stmt.Block.of(stores))),
        SUMS * pairsOfColumns);
  }

  private Phase productsPhase() {
    PhaseBuilder phase = new PhaseBuilder(region, context);
    Buffer v = sums(phase);
    Buffer t = local("t", (long) SUMS, halfDepth, panel);
    Buffer m = local("m", (long) Strassen.PRODUCTS, p.pairs(), panel);
    Expr pair = Exprs.add(times(at("p", p.blocks()), p.pairs()), at("r", p.pairs()));
    Expr k = Exprs.var("k");
    Expr c = Exprs.var("c");
    Expr f = Exprs.var("f");
    Expr zero = Exprs.index(0);
    Expr one = Exprs.index(1);
    Expr later = Exprs.add(f, one);
    Stmt body =
        Stmt.Block.of(
            List.of(
                weightSums(phase, t),
                products(m, 0, 2, left(phase, 0, f, pair, k), weight(phase, f, zero, k, c)),
                products(m, 2, 1, sum(v, zero, pair, k), weight(phase, one, one, k, c)),
                nextWeights(phase, 0),
                products(
                    m, 3, 1, left(phase, 1, one, pair, k), new Expr.Load(t, List.of(zero, k, c))),
                nextWeights(phase, 1),
                products(m, 4, 3, sum(v, later, pair, k), new Expr.Load(t, List.of(later, k, c))),
                results(phase, m)));
    return phase.build(
        NAME,
        nest(
            List.of("p", "g"),
            List.of(p.blocks(), columns / panel),
            new Stmt.Alloc(m, new Stmt.Alloc(t, body))),
        2.0 * node.result().shape().elements() * p.depth());
  }

  /** Hints for a half of the weights of the next panel: they come while products are computed. */
  private Stmt nextWeights(PhaseBuilder phase, int right) {
    Expr.Load first =
        (Expr.Load)
            weight(phase, Exprs.index(0), Exprs.index(right), Exprs.index(0), Exprs.index(0));
    List<Expr> index = new ArrayList<>(first.index());
    index.set(0, Exprs.add(index.get(0), Exprs.index(1)));
    index.set(2, times(Exprs.var("h" + right), BLOCK));
    return Stmt.For.of(
        "h" + right, p.depth() * panel / BLOCK, new Stmt.Prefetch(first.buffer(), index, 1));
  }

  /** Of quarter {@code right, down} of the weights, the element at a depth and column. */
  private Expr weight(PhaseBuilder phase, Expr down, Expr right, Expr k, Expr c) {
    MatMul op = (MatMul) node.op();
    Tensor b = phase.constant(node.operand(1)).orElseThrow();
    int kAxis = op.transposeB() ? 1 : 0;
    Expr n = Exprs.add(times(at("g", columns / panel), panel), c);
    return new WeightPacking(b)
        .panels(
            1 - kAxis,
            Exprs.add(times(right, columns), n),
            kAxis,
            Exprs.add(times(down, halfDepth), k),
            false)
        .read(phase);
  }

  private Stmt weightSums(PhaseBuilder phase, Buffer t) {
    Expr k = Exprs.var("k");
    Expr c = Exprs.var("c");
    Named w = new Named("w");
    List<Expr> q = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      q.add(w.of(weight(phase, Exprs.index(i % 2), Exprs.index(i / 2), k, c)));
    }
    Expr t1 = w.of(Exprs.sub(q.get(2), q.get(0)));
    Expr t2 = w.of(Exprs.sub(q.get(3), t1));
    List<Expr> sums = List.of(Exprs.sub(t2, q.get(1)), t1, t2, Exprs.sub(q.get(3), q.get(2)));
    List<Stmt> stores = new ArrayList<>();
    for (int f = 0; f < sums.size(); f++) {
      stores.add(new Stmt.Store(t, List.of(Exprs.index(f), k, c), sums.get(f)));
    }
    return Domain.nest(
        List.of("k", "c"), List.of(halfDepth, panel), w.around(Stmt.Block.of(stores)));
  }

  /** {@code count} products from {@code first} on. */
  private Stmt products(Buffer m, int first, int count, Expr left, Expr right) {
    Expr f = count == 1 ? Exprs.index(0) : Exprs.var("f");
    Stmt leaf =
        Reductions.into(
            m,
            List.of(Exprs.add(f, Exprs.index(first)), at("r", p.pairs()), Exprs.var("c")),
            Expr.BinOp.ADD,
            List.of("k"),
            Exprs.mul(left, right),
            e -> e);
    return Domain.nest(
        List.of("f", "r", "c", "k"), List.of((long) count, p.pairs(), panel, halfDepth), leaf);
  }

  private Stmt results(PhaseBuilder phase, Buffer m) {
    Expr r = at("r", p.pairs());
    Expr c = Exprs.var("c");
    Expr row = Exprs.add(times(at("p", p.blocks()), p.pairs()), r);
    Expr column = Exprs.add(times(at("g", columns / panel), panel), c);
    Named y = new Named("y");
    List<Expr> q = new ArrayList<>();
    for (int f = 0; f < Strassen.PRODUCTS; f++) {
      q.add(y.of(new Expr.Load(m, List.of(Exprs.index(f), r, c))));
    }
    List<Expr> quarters = StrassenForm.results(q, y);
    List<Stmt> stores = new ArrayList<>();
    for (int i = 0; i < quarters.size(); i++) {
      List<Expr> to = leading();
      to.add(Exprs.add(row, Exprs.index(i / 2 * shift)));
      to.add(Exprs.add(column, Exprs.index(i % 2 * columns)));
      Stmt store = new Epilogue(phase, to, -1).anchor(quarters.get(i)).stores();
      stores.add(
          i < 2 && shift < pairs
              ? new Stmt.If(Exprs.lt(row, Exprs.index(shift)), store, Optional.empty())
              : store);
    }
    return Domain.nest(
        List.of("r", "c"), List.of(p.pairs(), panel), y.around(Stmt.Block.of(stores)));
  }
}
