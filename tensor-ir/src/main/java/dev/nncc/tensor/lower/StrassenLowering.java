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
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.region.Region;
import dev.nncc.tensor.winograd.Strassen;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Convolution of one tap with 7 products of halves for 8, on one level or two. For a block of pairs
 * of pixels, one of each half of the picture: sums of the halves' channels; then, for one group of
 * result channels of each half after the other, the products and what they make of results, with
 * the region's epilogue. What lies between stays in memory of the worker. On two levels all halves
 * are quarters: a pair is four pixels, and sums are sums of sums.
 */
public final class StrassenLowering {
  /** What the names of these kernels begin with, those of matrix products too. */
  public static final String NAME = "strassen";

  /** Operations for the sums of a pair of pixels and channels. */
  private static final double SUMS = 4;

  private final Region region;
  private final LowerContext context;
  private final Strassen s;
  private final PictureConv conv;
  private final long pictures;
  private final long width;

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
    inHalf = conv.inBlocks() / s.parts();
    outBlocks = conv.outBlocks();
    outHalf = (outBlocks + s.parts() - 1) / s.parts();
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

  /** The row, or pixel, that a part of the pixels begins at; the last ones may overlap. */
  private long start(int part) {
    Shape y = conv.result();
    return s.byRows()
        ? y.dim(ROW) / s.parts() * part
        : Math.min(s.columns() * part, y.dim(ROW) * width - s.columns());
  }

  /**
   * The logical index of a pixel.
   *
   * @param row of pairs in the picture, and {@code column}: the pair
   * @param quarter whose half of the pixels this is
   */
  private List<Expr> pixel(Expr channel, Expr row, Expr column, int quarter) {
    long first = start(QuarterCombination.down(quarter));
    Expr r = row;
    Expr c = column;
    if (s.byRows()) {
      r = Exprs.add(row, Exprs.index(first));
    } else {
      Expr flat = Exprs.add(column, Exprs.index(first));
      r = Exprs.floorDiv(flat, width);
      c = Exprs.mod(flat, width);
    }
    return List.of(at("n", pictures), channel, r, c);
  }

  private Expr sample(PhaseBuilder phase, Expr channel, Expr row, Expr column, int quarter) {
    List<Expr> to = pixel(channel, row, column, quarter);
    return phase.read(
        conv.x(),
        List.of(
            to.get(0),
            channel,
            times(to.get(ROW), conv.op().strides().get(0)),
            times(to.get(COLUMN), conv.op().strides().get(1))));
  }

  /**
   * Sums of the quarters of the input, for all products. On two levels for those of one product of
   * the first level after the other: arrays that are written side by side lie at distances that are
   * multiples of 4096 more often than not, and the first cache has few places for each line of
   * these.
   *
   * @param rows of pairs, from row {@code block * rows} on
   */
  private Stmt sums(PhaseBuilder phase, Buffer v, long rows, Expr block) {
    Expr c = at("c", inHalf);
    Expr r = at("r", rows);
    Expr t = at("t", s.columns());
    Expr l = Exprs.var("l");
    Expr row = Exprs.add(times(block, rows), r);
    Expr pair = Exprs.add(times(r, s.columns()), t);
    List<Expr> samples = new ArrayList<>();
    for (int q = 0; q < s.parts() * s.parts(); q++) {
      Expr half = Exprs.add(c, Exprs.index(QuarterCombination.right(q) * inHalf));
      samples.add(sample(phase, Exprs.add(times(half, BLOCK), l), row, t, q));
    }
    List<Stmt> nests = new ArrayList<>();
    for (int f = 0; f < s.products(); f += Strassen.PRODUCTS) {
      Named x = new Named("x");
      List<Expr> quarters = s.levels() == 1 ? samples : sums(samples, f / Strassen.PRODUCTS);
      List<Expr> sums = StrassenForm.sums(quarters.stream().map(x::of).toList(), x::of);
      List<Stmt> stores = new ArrayList<>();
      for (int i = 0; i < sums.size(); i++) {
        List<Expr> to = List.of(picture(v), Exprs.index(f + i), c, pair, l);
        stores.add(new Stmt.Store(v, to, sums.get(i)));
      }
      nests.add(
          Domain.nest(
              List.of("r", "t", "l"),
              List.of(rows, s.columns(), (long) BLOCK),
              x.around(Stmt.Block.of(stores))));
    }
    return Domain.nest(List.of("c"), List.of(inHalf), Stmt.Block.of(nests));
  }

  /** The quarters of the second level of what one product of the first level reads. */
  private static List<Expr> sums(List<Expr> samples, int product) {
    List<Expr> all = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      List<Expr> quarters = new ArrayList<>();
      for (int q = 0; q < 4; q++) {
        quarters.add(samples.get(4 * q + i));
      }
      all.add(StrassenForm.sums(quarters, e -> e).get(product));
    }
    return all;
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
          QuarterCombination.of(s.levels(), outHalf * BLOCK, inHalf * BLOCK, Strassen.WEIGHTS);
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
      List<Expr> quarters = StrassenForm.results(p, y);
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
      int right = QuarterCombination.right(quarter);
      Expr block = Exprs.add(times(at("g", outHalf / group), group), b);
      block = Exprs.add(block, Exprs.index(right * outHalf));
      Expr channel = Exprs.add(times(block, BLOCK), l);
      Stmt store = conv.stored(phase, y, pixel(channel, row, column, quarter));
      if ((right + 1) * outHalf > outBlocks) {
        store = new Stmt.If(Exprs.lt(block, Exprs.index(outBlocks)), store, Optional.empty());
      }
      int down = QuarterCombination.down(quarter);
      long own = start(down + 1) - start(down);
      if (!s.byRows() && own < s.columns() && down + 1 < s.parts()) {
        store = new Stmt.If(Exprs.lt(column, Exprs.index(own)), store, Optional.empty());
      }
      return store;
    }
  }
}
