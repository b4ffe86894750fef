package dev.nncc.tensor.lower;

import static dev.nncc.tensor.lower.Domain.at;
import static dev.nncc.tensor.lower.Domain.times;
import static dev.nncc.tensor.lower.PictureConv.BLOCK;
import static dev.nncc.tensor.lower.PictureConv.CHANNELS;
import static dev.nncc.tensor.lower.PictureConv.COLUMN;
import static dev.nncc.tensor.lower.PictureConv.ROW;

import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.region.Region;
import java.util.List;
import java.util.Optional;

/**
 * Convolution of one tap whose last block of result channels is half empty. The channels of two
 * neighbouring pixels, one behind the other, fill whole vectors: 3 for two times 24 where blocks
 * take 4. Sums of a band of rows lie like that in memory of the worker; then each goes with the
 * region's epilogue where it belongs.
 */
final class PixelPairs {
  private static final String NAME = "conv";

  /** Channels that are summed for each of the result: fewer do not pay for the memory between. */
  private static final long FEWEST_STEPS = 2;

  /** Of more blocks half a one is a small part: 40 channels gain nothing. */
  private static final long BLOCKS = 2;

  /** Bytes of a band's sums, which the first cache keeps beside what is read. */
  private static final long BAND = 16 << 10;

  private final PhaseBuilder phase;
  private final PictureConv conv;
  private final long channels;
  private final long vectors;
  private final long rows;
  private final long pairs;
  private final Buffer sums;

  private PixelPairs(PhaseBuilder phase, PictureConv conv) {
    this.phase = phase;
    this.conv = conv;
    Shape y = conv.result();
    channels = y.dim(CHANNELS);
    vectors = 2 * channels / BLOCK;
    pairs = y.dim(COLUMN) / 2;
    long most = Math.max(1, BAND / (y.dim(COLUMN) * channels * Float.BYTES));
    long band = Math.min(most, y.dim(ROW));
    while (y.dim(ROW) % band != 0) {
      band--;
    }
    rows = band;
    // The last pixel's last block reads as far as a whole one.
    long behind = BLOCK - channels % BLOCK;
    long elements = rows * pairs * vectors * BLOCK + behind;
    sums = Buffer.of("m", DType.F32, Space.LOCAL, List.of(elements));
  }

  /** Empty where blocks are full, or too little is summed. */
  static Optional<List<Phase>> of(Region region, LowerContext context) {
    PhaseBuilder phase = new PhaseBuilder(region, context);
    PictureConv conv = PictureConv.of(region);
    if (!pays(conv) || !conv.fits(phase)) {
      return Optional.empty();
    }
    PixelPairs p = new PixelPairs(phase, conv);
    return p.isRead() ? Optional.of(List.of(p.phase())) : Optional.empty();
  }

  private static boolean pays(PictureConv conv) {
    Shape w = conv.filters();
    Shape y = conv.result();
    return y.rank() == 4
        && conv.x().dtype() == DType.F32
        && conv.op().groups() == 1
        && w.elements() == w.dim(0) * w.dim(CHANNELS)
        && conv.op().padsBegin().equals(List.of(0L, 0L))
        && conv.op().padsEnd().equals(List.of(0L, 0L))
        && w.dim(0) % BLOCK == BLOCK / 2
        && conv.outBlocks() == BLOCKS
        && w.dim(CHANNELS) % BLOCK == 0
        && w.dim(CHANNELS) >= FEWEST_STEPS * w.dim(0)
        && y.dim(COLUMN) % 2 == 0;
  }

  /** A map times a gate is not: how it is computed depends on the batch, packings must not. */
  private boolean isRead() {
    return !phase.isMadeInside(conv.x()) && phase.storage(conv.x()).isBlocked();
  }

  private Phase phase() {
    Shape y = conv.result();
    Stmt body = new Stmt.Alloc(sums, Stmt.Block.of(List.of(products(), results())));
    Stmt bands = Domain.nest(List.of("n", "p"), List.of(conv.pictures(), y.dim(ROW) / rows), body);
    return phase.build(NAME, bands, conv.flops());
  }

  /** {@code [block of input channels][channel in it][pixel of the pair][result channel]}. */
  private Expr weight(Expr c, Expr d, Expr pixel, Expr channel) {
    return new WeightPacking(conv.weights(phase))
        .axis(conv.inBlocks(), 1, BLOCK, c)
        .axis(BLOCK, 1, 1, d)
        .axis(2, 0, 0, pixel)
        .axis(channels, 0, 1, channel)
        .read(phase);
  }

  private Expr row() {
    Expr band = at("p", conv.result().dim(ROW) / rows);
    return Exprs.add(times(band, rows), at("r", rows));
  }

  private Stmt products() {
    Expr pair = Exprs.add(times(at("r", rows), pairs), at("q", pairs));
    Expr place = Exprs.add(times(Exprs.var("f"), BLOCK), Exprs.var("l"));
    Expr pixel = Exprs.floorDiv(place, channels);
    Expr c = at("c", conv.inBlocks());
    Expr d = Exprs.var("d");
    List<Long> strides = conv.op().strides();
    Expr column = Exprs.add(times(at("q", pairs), 2), pixel);
    Expr sample =
        phase.read(
            conv.x(),
            List.of(
                at("n", conv.pictures()),
                Exprs.add(times(c, BLOCK), d),
                times(row(), strides.get(0)),
                times(column, strides.get(1))));
    Expr weight = weight(c, d, pixel, Exprs.mod(place, channels));
    Stmt leaf =
        Reductions.into(
            sums,
            List.of(Exprs.add(times(pair, vectors * BLOCK), place)),
            Expr.BinOp.ADD,
            conv.inBlocks() == 1 ? List.of("d") : List.of("c", "d"),
            Exprs.mul(sample, weight),
            e -> e);
    return Domain.nest(
        List.of("r", "q", "f", "l", "c", "d"),
        List.of(rows, pairs, vectors, (long) BLOCK, conv.inBlocks(), (long) BLOCK),
        leaf);
  }

  private Stmt results() {
    long columns = conv.result().dim(COLUMN);
    Expr pixel = Exprs.add(times(at("r", rows), columns), at("t", columns));
    Expr channel = Exprs.add(times(Exprs.var("b"), BLOCK), Exprs.var("l"));
    Expr sum = new Expr.Load(sums, List.of(Exprs.add(times(pixel, channels), channel)));
    List<Expr> to = List.of(at("n", conv.pictures()), channel, row(), at("t", columns));
    return Domain.nest(
        List.of("b", "r", "t", "l"),
        List.of(conv.outBlocks(), rows, columns, (long) BLOCK),
        conv.stored(phase, sum, to));
  }
}
