package dev.nncc.tensor.lower;

import static dev.nncc.tensor.lower.Domain.at;
import static dev.nncc.tensor.lower.Domain.times;
import static dev.nncc.tensor.lower.PictureConv.BLOCK;
import static dev.nncc.tensor.lower.PictureConv.COLUMN;
import static dev.nncc.tensor.lower.PictureConv.ROW;

import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.tensor.constant.QuarterCombination;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.region.Region;
import dev.nncc.tensor.winograd.Linear;
import dev.nncc.tensor.winograd.Strassen;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Convolution of one tap with 7 products of halves for 8. For a block of pairs of pixels, one of
 * each half of the picture: sums of the halves' channels; then, for one group of result channels of
 * each half after the other, the products and what they make of results, with the region's
 * epilogue. What lies between stays in memory of the worker.
 */
final class StrassenLowering {
  private static final String NAME = "strassen";

  /** Operations for the sums of a pair of pixels and channels. */
  private static final double SUMS = 4;

  private final Region region;
  private final LowerContext context;
  private final Strassen s;
  private final PictureConv conv;
  private final long pictures;
  private final long width;

  /** How many rows, or pixels, the second half begins behind the first. */
  private final long shift;

  private final long inHalf;
  private final long outBlocks;
  private final long outHalf;
  private final int group;

  private StrassenLowering(Region region, LowerContext context, Strassen s) {
    this.region = region;
    this.context = context;
    this.s = s;
    conv = PictureConv.of(region);
    Shape y = conv.result();
    pictures = conv.pictures();
    width = y.dim(COLUMN);
    shift = s.byRows() ? y.dim(ROW) / 2 : y.dim(ROW) * width - s.columns();
    inHalf = conv.inBlocks() / 2;
    outBlocks = conv.outBlocks();
    outHalf = (outBlocks + 1) / 2;
    group = ConvLowering.blocksInGroup(outHalf);
  }

  /** Empty where the direct convolution is cheaper, or a storage does not fit. */
  static Optional<List<Phase>> of(Region region, LowerContext context) {
    PhaseBuilder phase = new PhaseBuilder(region, context);
    PictureConv conv = PictureConv.of(region);
    if (!conv.fits(phase)
        || !(phase.isMadeInside(conv.x()) || phase.storage(conv.x()).isBlocked())) {
      return Optional.empty();
    }
    return context
        .winograd()
        .halves(conv.node())
        .map(s -> new StrassenLowering(region, context, s).phases());
  }

  private List<Phase> phases() {
    return s.isShared() ? List.of(sumsPhase(), productsPhase()) : List.of(wholePhase());
  }

  private Phase wholePhase() {
    PhaseBuilder phase = new PhaseBuilder(region, context);
    Buffer v = buffer("v", Space.LOCAL, 1, inHalf, s.pairs());
    Stmt sums = sums(phase, v, s.rows(), at("p", s.blocks()));
    Stmt groups =
        Domain.nest(List.of("g"), List.of(outHalf / group), new Products(phase, v).ofGroup());
    Stmt body = new Stmt.Alloc(v, Stmt.Block.of(List.of(sums, groups)));
    return phase.build(
        NAME, Domain.nest(List.of("n", "p"), List.of(pictures, s.blocks()), body), conv.flops());
  }

  private Phase sumsPhase() {
    PhaseBuilder phase = new PhaseBuilder(region, context);
    Buffer v = phase.scratch(0, allSums());
    Stmt all = sums(phase, v, s.rows() * s.blocks(), Exprs.index(0));
    double pairs = (double) pictures * s.blocks() * s.pairs();
    return phase.build(
        NAME + "_sums",
        Domain.nest(List.of("n"), List.of(pictures), all),
        SUMS * pairs * inHalf * BLOCK);
  }

  /** Groups of channels outside, so that a worker uses a group's weights for several blocks. */
  private Phase productsPhase() {
    PhaseBuilder phase = new PhaseBuilder(region, context);
    Buffer v = phase.scratch(0, allSums());
    Stmt body =
        Domain.nest(
            List.of("n", "g", "p"),
            List.of(pictures, outHalf / group, s.blocks()),
            new Products(phase, v).ofGroup());
    return phase.build(NAME, body, conv.flops());
  }

  private Buffer allSums() {
    return buffer("v", Space.GLOBAL, pictures, inHalf, s.pairs() * s.blocks());
  }

  /** {@code [picture][product][block of channels][pair][channel]}. */
  private Buffer buffer(String name, Space space, long n, long blocks, long pairs) {
    return Buffer.of(
        name, DType.F32, space, List.of(n, (long) s.products(), blocks, pairs, (long) BLOCK));
  }

  private Expr picture(Buffer v) {
    return v.space() == Space.LOCAL ? Exprs.index(0) : at("n", pictures);
  }

  /**
   * The logical index of a pixel.
   *
   * @param row of pairs in the picture, and {@code column}: the pair
   * @param half 0 or 1: which pixel of it
   */
  private List<Expr> pixel(Expr channel, Expr row, Expr column, int half) {
    Expr r = row;
    Expr c = column;
    if (s.byRows()) {
      r = Exprs.add(row, Exprs.index(half * shift));
    } else {
      Expr flat = Exprs.add(column, Exprs.index(half * shift));
      r = Exprs.floorDiv(flat, width);
      c = Exprs.mod(flat, width);
    }
    return List.of(at("n", pictures), channel, r, c);
  }

  private Expr sample(PhaseBuilder phase, Expr channel, Expr row, Expr column, int half) {
    List<Expr> to = pixel(channel, row, column, half);
    return phase.read(
        conv.x(),
        List.of(
            to.get(0),
            channel,
            times(to.get(ROW), conv.op().strides().get(0)),
            times(to.get(COLUMN), conv.op().strides().get(1))));
  }

  /**
   * Sums of the quarters of the input, for all products.
   *
   * @param rows of pairs, from row {@code block * rows} on
   */
  private Stmt sums(PhaseBuilder phase, Buffer v, long rows, Expr block) {
    Expr c = at("c", inHalf);
    Expr r = at("r", rows);
    Expr t = at("t", s.columns());
    Expr l = Exprs.var("l");
    Expr row = Exprs.add(times(block, rows), r);
    Named x = new Named("x");
    List<Expr> a = new ArrayList<>();
    for (int q = 0; q < 4; q++) {
      Expr channel = Exprs.add(times(Exprs.add(c, Exprs.index(q % 2 * inHalf)), BLOCK), l);
      a.add(x.of(sample(phase, channel, row, t, q / 2)));
    }
    Expr s1 = x.of(Exprs.add(a.get(2), a.get(3)));
    Expr s2 = x.of(Exprs.sub(s1, a.get(0)));
    Expr s3 = Exprs.sub(a.get(0), a.get(2));
    Expr s4 = Exprs.sub(a.get(1), s2);
    List<Expr> sums = List.of(a.get(0), a.get(1), s4, a.get(3), s1, s2, s3);
    Expr pair = Exprs.add(times(r, s.columns()), t);
    List<Stmt> stores = new ArrayList<>();
    for (int f = 0; f < sums.size(); f++) {
      List<Expr> to = List.of(picture(v), Exprs.index(f), c, pair, l);
      stores.add(new Stmt.Store(v, to, sums.get(f)));
    }
    return Domain.nest(
        List.of("c", "r", "t", "l"),
        List.of(inHalf, rows, s.columns(), (long) BLOCK),
        x.around(Stmt.Block.of(stores)));
  }

  /** Values with names, in order. */
  private record Named(String prefix, List<Reduce.Binding> lets) {
    Named(String prefix) {
      this(prefix, new ArrayList<>());
    }

    Expr of(Expr value) {
      String name = prefix + lets.size();
      lets.add(new Reduce.Binding(name, value));
      return new Expr.Var(name, value.type());
    }

    Stmt around(Stmt s) {
      return new Linear(lets, List.of()).around(s);
    }
  }

  /** The products of a group of result channels of each half, and what they make. */
  private final class Products {
    private final PhaseBuilder phase;
    private final Buffer v;
    private final Buffer m = buffer("m", Space.LOCAL, 1, group, s.pairs());
    private final Expr b = at("b", group);

    Products(PhaseBuilder phase, Buffer v) {
      this.phase = phase;
      this.v = v;
    }

    Stmt ofGroup() {
      return new Stmt.Alloc(m, Stmt.Block.of(List.of(products(), results())));
    }

    private Stmt products() {
      Expr f = Exprs.var("f");
      Expr t = at("t", s.pairs());
      Expr ci = at("ci", inHalf);
      Expr cc = Exprs.var("cc");
      Expr oi = Exprs.var("oi");
      Expr pair =
          v.space() == Space.LOCAL ? t : Exprs.add(times(at("p", s.blocks()), s.pairs()), t);
      Expr sum = new Expr.Load(v, List.of(picture(v), f, ci, pair, cc));
      QuarterCombination quarters =
          new QuarterCombination(outHalf * BLOCK, inHalf * BLOCK, Strassen.WEIGHTS);
      Expr weight =
          new WeightPacking(conv.weights(phase), Optional.of(quarters))
              .axis(outHalf / group, 0, (long) group * BLOCK, at("g", outHalf / group))
              .axis(s.products(), 0, outHalf * BLOCK, f)
              .axis(inHalf, 1, BLOCK, ci)
              .axis(BLOCK, 1, 1, cc)
              .axis(group, 0, BLOCK, b)
              .axis(BLOCK, 0, 1, oi)
              .read(phase);
      Stmt leaf =
          Reductions.into(
              m,
              List.of(Exprs.index(0), f, b, t, oi),
              Expr.BinOp.ADD,
              inHalf == 1 ? List.of("cc") : List.of("ci", "cc"),
              Exprs.mul(sum, weight),
              e -> e);
      return Domain.nest(
          List.of("f", "b", "t", "oi", "ci", "cc"),
          List.of((long) s.products(), (long) group, s.pairs(), (long) BLOCK, inHalf, (long) BLOCK),
          leaf);
    }

    private Stmt results() {
      Expr r = at("r", s.rows());
      Expr t = at("t", s.columns());
      Expr l = Exprs.var("l");
      Expr pair = Exprs.add(times(r, s.columns()), t);
      Expr row = Exprs.add(times(at("p", s.blocks()), s.rows()), r);
      Named y = new Named("y");
      List<Expr> p = new ArrayList<>();
      for (int f = 0; f < s.products(); f++) {
        p.add(y.of(new Expr.Load(m, List.of(Exprs.index(0), Exprs.index(f), b, pair, l))));
      }
      Expr u2 = y.of(Exprs.add(p.get(0), p.get(5)));
      Expr u3 = y.of(Exprs.add(u2, p.get(6)));
      List<Expr> quarters =
          List.of(
              y.of(Exprs.add(p.get(0), p.get(1))),
              y.of(Exprs.add(Exprs.add(u2, p.get(4)), p.get(2))),
              y.of(Exprs.sub(u3, p.get(3))),
              y.of(Exprs.add(u3, p.get(4))));
      List<Stmt> stores = new ArrayList<>();
      for (int q = 0; q < quarters.size(); q++) {
        stores.add(stored(quarters.get(q), row, t, l, q));
      }
      return Domain.nest(
          List.of("b", "r", "t", "l"),
          List.of((long) group, s.rows(), s.columns(), (long) BLOCK),
          y.around(Stmt.Block.of(stores)));
    }

    /** A result of a quarter with its epilogue, where there is such a channel and pixel. */
    private Stmt stored(Expr y, Expr row, Expr column, Expr l, int quarter) {
      Expr block = Exprs.add(times(at("g", outHalf / group), group), b);
      block = Exprs.add(block, Exprs.index(quarter % 2 * outHalf));
      Expr channel = Exprs.add(times(block, BLOCK), l);
      Stmt store = conv.stored(phase, y, pixel(channel, row, column, quarter / 2));
      if (quarter % 2 == 1 && outHalf * 2 > outBlocks) {
        store = new Stmt.If(Exprs.lt(block, Exprs.index(outBlocks)), store, Optional.empty());
      }
      if (quarter < 2 && !s.byRows() && shift < s.columns()) {
        store = new Stmt.If(Exprs.lt(column, Exprs.index(shift)), store, Optional.empty());
      }
      return store;
    }
  }
}
