package dev.nncc.tensor.lower;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.storage.Storage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * The part of a convolution's input that a band of result rows reads, with its border, in memory of
 * the worker. It serves pictures of a caller, whose storage has no border, and inputs on which the
 * region computes something first, such as a normalisation.
 */
public final class InputBand {
  /** Bands of one picture; more would only copy more rows twice. */
  private static final long MOST_BANDS = 56;

  /** Chunks of the kernel, so that every worker has some. */
  private static final long FEWEST_CHUNKS = 8;

  /** Bytes of a band that leave room for the weights in the second level cache. */
  private static final long LARGEST = 192 << 10;

  private static final int CHANNELS = 1;
  private static final int ROW = 2;

  private final PhaseBuilder phase;
  private final Value x;
  private final Conv conv;
  private final int last;
  private final boolean blocked;
  private final long rows;
  private final long bands;

  /** Groups of blocks of result channels; each makes the band anew. */
  private final long groups;

  private final List<Long> extents = new ArrayList<>();
  private final Buffer local;

  /**
   * Of a caller's picture, in a given number of bands.
   *
   * @param count a divisor of the rows of the result
   */
  static InputBand ofPicture(PhaseBuilder phase, Node node, Domain whole, long count) {
    return new InputBand(phase, node, whole, OptionalLong.of(count));
  }

  private InputBand(PhaseBuilder phase, Node node, Domain whole, OptionalLong count) {
    this.phase = phase;
    x = phase.region().narrow(node.operand(0));
    conv = (Conv) node.op();
    last = x.shape().rank() - 1;
    blocked = phase.storage(x).isBlocked();
    long all = node.result().shape().dim(ROW);
    bands = count.isPresent() ? count.getAsLong() : bands(node, all);
    rows = all / bands;
    long chunks = bands * whole.extents().get(0);
    long blocks = whole.storage().isBlocked() ? whole.extents().get(CHANNELS) : 1;
    long g = 1;
    while (count.isEmpty()
        && g * 2 <= blocks
        && blocks % (g * 2) == 0
        && g * chunks < FEWEST_CHUNKS) {
      g *= 2;
    }
    groups = g;
    extents(node, rows).forEach(extents::add);
    local = Buffer.of("band", x.dtype(), Space.LOCAL, extents);
  }

  /** Empty where the input can be read in its storage. */
  static Optional<InputBand> of(PhaseBuilder phase, Node node, Domain whole) {
    Value x = phase.region().narrow(node.operand(0));
    if (phase.constant(x).isPresent() || ((Conv) node.op()).groups() != 1) {
      return Optional.empty();
    }
    boolean callers =
        serves(node) && !phase.storage(x).isBlocked() && !phase.storage(x).hasBorder();
    return callers || phase.isMadeInside(x)
        ? Optional.of(new InputBand(phase, node, whole, OptionalLong.empty()))
        : Optional.empty();
  }

  /** Whether a convolution can read a caller's picture, in rows and without a border, this way. */
  public static boolean serves(Node node) {
    Conv conv = (Conv) node.op();
    boolean padded =
        conv.padsBegin().stream().anyMatch(p -> p > 0)
            || conv.padsEnd().stream().anyMatch(p -> p > 0);
    return padded
        && conv.groups() == 1
        && node.operand(0).shape().rank() >= 4
        && node.operand(0).shape().dim(CHANNELS) < Storage.BLOCK;
  }

  /** As few as the largest band allows, but enough to share out; a divisor of the rows. */
  private long bands(Node node, long all) {
    long least = Math.min(all, MOST_BANDS);
    if (phase.isMadeInside(x)) {
      long b = Math.min(all, FEWEST_CHUNKS);
      while (b < all && (all % b != 0 || bytes(node, all / b) > LARGEST)) {
        b++;
      }
      return b;
    }
    long b = least;
    while (all % b != 0) {
      b--;
    }
    // Prime heights: a band for each row.
    return b * 4 < least ? all : b;
  }

  private long bytes(Node node, long height) {
    return extents(node, height).stream().reduce((long) x.dtype().bytes(), (a, b) -> a * b);
  }

  private List<Long> extents(Node node, long height) {
    List<Long> e = new ArrayList<>();
    long channels = x.shape().dim(CHANNELS);
    e.add(blocked ? (channels + Storage.BLOCK - 1) / Storage.BLOCK : channels);
    for (int a = ROW; a <= last; a++) {
      long n = a == ROW ? height : node.result().shape().dim(a);
      long window = (node.operand(1).shape().dim(a) - 1) * conv.dilations().get(a - ROW);
      e.add((n - 1) * conv.strides().get(a - ROW) + window + 1);
    }
    if (blocked) {
      e.add((long) Storage.BLOCK);
    }
    return e;
  }

  /** The loops over one band of one picture of the result. */
  Domain of(Domain whole) {
    List<Long> counts = new ArrayList<>(whole.extents());
    List<Expr> at = new ArrayList<>();
    counts.set(0, 1L);
    counts.set(CHANNELS, counts.get(CHANNELS) / groups);
    counts.set(ROW, rows);
    for (int d = 0; d < counts.size(); d++) {
      at.add(Domain.at(whole.vars().get(d), counts.get(d)));
    }
    at.set(0, batch(whole));
    at.set(CHANNELS, joined("group", groups, counts.get(CHANNELS), at.get(CHANNELS)));
    at.set(ROW, joined("band", bands, rows, at.get(ROW)));
    return new Domain(whole.storage(), whole.vars(), counts, whole.storage().logical(at));
  }

  /** {@code outer * size + inner}. */
  private static Expr joined(String outer, long count, long size, Expr inner) {
    return count == 1 ? inner : Exprs.add(Exprs.mul(Exprs.var(outer), Exprs.index(size)), inner);
  }

  private static Expr batch(Domain whole) {
    return whole.extents().get(0) == 1 ? Exprs.index(0) : Exprs.var(whole.vars().get(0));
  }

  /** The band itself: {@code [channel][row][column]} for a picture in rows. */
  Buffer local() {
    return local;
  }

  /** Rows of the result that one band serves. */
  long rows() {
    return rows;
  }

  /** The element of a channel under a place of the window. */
  Expr read(Domain whole, Expr channel, List<Expr> window) {
    List<Expr> index = new ArrayList<>();
    index.add(blocked ? Exprs.floorDiv(channel, Storage.BLOCK) : channel);
    for (int a = 0; a < window.size(); a++) {
      Expr inBand = Domain.at(whole.vars().get(ROW), rows);
      Expr at = a == 0 ? inBand : whole.logical().get(a + ROW);
      index.add(
          Exprs.add(
              Exprs.mul(at, Exprs.index(conv.strides().get(a))),
              Exprs.mul(window.get(a), Exprs.index(conv.dilations().get(a)))));
    }
    if (blocked) {
      index.add(Exprs.mod(channel, Storage.BLOCK));
    }
    return new Expr.Load(local, index);
  }

  /** The nest of one band, with the loops over pictures and bands around it. */
  Stmt around(Domain whole, Stmt nest) {
    List<Stmt> all = new ArrayList<>(fill(whole));
    all.add(nest);
    Stmt body = new Stmt.Alloc(local, Stmt.Block.of(all));
    return Domain.nest(
        List.of(whole.vars().get(0), "group", "band"),
        List.of(whole.extents().get(0), groups, bands),
        body);
  }

  /**
   * What lies in the picture, zero in rows where nothing does; then zeros beside it. Columns are
   * told apart by loops, because a condition on them would be one for each element.
   */
  private List<Stmt> fill(Domain whole) {
    if (last == ROW) {
      return List.of(part("q", extents.get(1), 0, at -> source(whole, at)));
    }
    long left = conv.padsBegin().get(last - ROW);
    long width = extents.get(last - 1);
    long inside = Math.min(x.shape().dim(last), width - left);
    List<Stmt> parts = new ArrayList<>();
    parts.add(part("q", inside, left, at -> source(whole, at)));
    Expr zero = Exprs.number(x.dtype(), 0);
    if (left > 0) {
      parts.add(part("l", left, 0, at -> zero));
    }
    if (left + inside < width) {
      parts.add(part("h", width - left - inside, left + inside, at -> zero));
    }
    return parts;
  }

  /** Columns from {@code start} on; the value sees the column from 0 on. */
  private Stmt part(String prefix, long columns, long start, Function<List<Expr>, Expr> value) {
    List<String> vars = new ArrayList<>();
    List<Long> counts = new ArrayList<>(extents);
    counts.set(last - 1, columns);
    List<Expr> at = new ArrayList<>();
    for (int a = 0; a < counts.size(); a++) {
      vars.add(prefix + a);
      at.add(Domain.at(prefix + a, counts.get(a)));
    }
    List<Expr> to = new ArrayList<>(at);
    to.set(last - 1, Exprs.add(at.get(last - 1), Exprs.index(start)));
    return Domain.nest(vars, counts, new Stmt.Store(local, to, value.apply(at)));
  }

  private Expr source(Domain whole, List<Expr> at) {
    Expr channel =
        blocked
            ? Exprs.add(Exprs.mul(at.get(0), Exprs.index(Storage.BLOCK)), at.get(at.size() - 1))
            : at.get(0);
    List<Expr> index = new ArrayList<>(List.of(batch(whole), channel));
    List<Long> below = new ArrayList<>(List.of(0L, 0L));
    List<Long> above = new ArrayList<>(below);
    for (int a = ROW; a <= last; a++) {
      if (a == last && a != ROW) {
        index.add(at.get(a - 1));
        below.add(0L);
        above.add(0L);
        continue;
      }
      long pad = conv.padsBegin().get(a - ROW);
      long step = a == ROW ? rows * conv.strides().get(0) : 0;
      Expr first =
          step == 0 || bands == 1 ? at.get(a - 1) : joined("band", bands, step, at.get(a - 1));
      index.add(Exprs.sub(first, Exprs.index(pad)));
      below.add(pad);
      long end = (bands - 1) * step + extents.get(a - 1) - 1 - pad;
      above.add(Math.max(0, end - (x.shape().dim(a) - 1)));
    }
    boolean loose = blocked && x.shape().dim(CHANNELS) % Storage.BLOCK != 0;
    return phase.readPadded(x, index, below, above, 0, loose ? CHANNELS : -1);
  }
}
