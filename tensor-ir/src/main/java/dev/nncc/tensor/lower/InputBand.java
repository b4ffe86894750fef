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

/**
 * The part of a padded convolution's input that a band of result rows reads, with its border, in
 * memory of the worker. It serves inputs whose storage has no border because it is the caller's.
 */
public final class InputBand {
  /** Bands of one picture; more would only copy more rows twice. */
  private static final long MOST_BANDS = 56;

  private static final int ROW = 2;

  private final PhaseBuilder phase;
  private final Value x;
  private final Conv conv;
  private final int last;
  private final long rows;
  private final long bands;
  private final List<Long> extents = new ArrayList<>();
  private final Buffer local;

  private InputBand(PhaseBuilder phase, Node node) {
    this.phase = phase;
    x = node.operand(0);
    conv = (Conv) node.op();
    last = x.shape().rank() - 1;
    long all = node.result().shape().dim(ROW);
    long b = Math.min(all, MOST_BANDS);
    while (all % b != 0) {
      b--;
    }
    // Prime heights: a band for each row.
    bands = b * 4 < Math.min(all, MOST_BANDS) ? all : b;
    rows = all / bands;
    extents.add(x.shape().dim(1));
    for (int a = ROW; a <= last; a++) {
      long n = a == ROW ? rows : node.result().shape().dim(a);
      long window = (node.operand(1).shape().dim(a) - 1) * conv.dilations().get(a - ROW);
      extents.add((n - 1) * conv.strides().get(a - ROW) + window + 1);
    }
    local = Buffer.of("band", x.dtype(), Space.LOCAL, extents);
  }

  /** Empty where the input has a border, or is no planar picture of a caller. */
  static Optional<InputBand> of(PhaseBuilder phase, Node node) {
    Value x = node.operand(0);
    return serves(node)
            && phase.constant(x).isEmpty()
            && !phase.storage(x).isBlocked()
            && !phase.storage(x).hasBorder()
        ? Optional.of(new InputBand(phase, node))
        : Optional.empty();
  }

  /** Whether a convolution can read an input without a border this way. */
  public static boolean serves(Node node) {
    Conv conv = (Conv) node.op();
    boolean padded =
        conv.padsBegin().stream().anyMatch(p -> p > 0)
            || conv.padsEnd().stream().anyMatch(p -> p > 0);
    return padded
        && conv.groups() == 1
        && node.operand(0).shape().rank() >= 4
        && node.operand(0).shape().dim(1) < Storage.BLOCK;
  }

  /** The loops over one band of one picture of the result. */
  Domain of(Domain whole) {
    List<Long> counts = new ArrayList<>(whole.extents());
    counts.set(0, 1L);
    counts.set(ROW, rows);
    List<Expr> logical = new ArrayList<>(whole.logical());
    logical.set(ROW, Exprs.add(Exprs.mul(band(), Exprs.index(rows)), inBand(whole)));
    return new Domain(whole.storage(), whole.vars(), counts, logical);
  }

  private Expr inBand(Domain whole) {
    return rows == 1 ? Exprs.index(0) : Exprs.var(whole.vars().get(ROW));
  }

  private Expr band() {
    return bands == 1 ? Exprs.index(0) : Exprs.var("band");
  }

  /** The element of a channel under a place of the window. */
  Expr read(Domain whole, Expr channel, List<Expr> window) {
    List<Expr> index = new ArrayList<>(List.of(channel));
    for (int a = 0; a < window.size(); a++) {
      Expr at = a == 0 ? inBand(whole) : whole.logical().get(a + ROW);
      index.add(
          Exprs.add(
              Exprs.mul(at, Exprs.index(conv.strides().get(a))),
              Exprs.mul(window.get(a), Exprs.index(conv.dilations().get(a)))));
    }
    return new Expr.Load(local, index);
  }

  /** The nest of one band, with the loops over pictures and bands around it. */
  Stmt around(Domain whole, Stmt nest) {
    List<Stmt> all = new ArrayList<>(fill(whole.logical().get(0)));
    all.add(nest);
    Stmt body = new Stmt.Alloc(local, Stmt.Block.of(all));
    return Domain.nest(
        List.of(whole.vars().get(0), "band"), List.of(whole.extents().get(0), bands), body);
  }

  /** Rows as they lie in the caller's memory, zero where there is none; zeros beside them. */
  private List<Stmt> fill(Expr batch) {
    long width = x.shape().dim(last);
    long left = conv.padsBegin().get(last - ROW);
    long whole = extents.get(last - 1);
    long inside = Math.min(width, whole - left);
    List<Stmt> parts = new ArrayList<>();
    parts.add(part("q", inside, left, column -> source(batch, column)));
    Expr zero = Exprs.number(x.dtype(), 0);
    if (left > 0) {
      parts.add(part("l", left, 0, column -> zero));
    }
    if (left + inside < whole) {
      parts.add(part("h", whole - left - inside, left + inside, column -> zero));
    }
    return parts;
  }

  private Stmt part(
      String prefix,
      long columns,
      long start,
      java.util.function.Function<List<Expr>, Expr> value) {
    List<String> vars = new ArrayList<>();
    List<Long> counts = new ArrayList<>(extents);
    counts.set(counts.size() - 1, columns);
    List<Expr> at = new ArrayList<>();
    for (int a = 0; a < counts.size(); a++) {
      vars.add(prefix + a);
      at.add(counts.get(a) == 1 ? Exprs.index(0) : Exprs.var(prefix + a));
    }
    List<Expr> to = new ArrayList<>(at);
    to.set(at.size() - 1, Exprs.add(at.get(at.size() - 1), Exprs.index(start)));
    return Domain.nest(vars, counts, new Stmt.Store(local, to, value.apply(at)));
  }

  private Expr source(Expr batch, List<Expr> at) {
    List<Expr> index = new ArrayList<>(List.of(batch, at.get(0)));
    List<Long> below = new ArrayList<>(List.of(0L, 0L));
    List<Long> above = new ArrayList<>(below);
    for (int a = ROW; a < last; a++) {
      long pad = conv.padsBegin().get(a - ROW);
      Expr first =
          a == ROW ? Exprs.mul(band(), Exprs.index(rows * conv.strides().get(0))) : Exprs.index(0);
      index.add(Exprs.sub(Exprs.add(first, at.get(a - 1)), Exprs.index(pad)));
      long most = a == ROW ? (bands - 1) * rows * conv.strides().get(0) : 0;
      below.add(pad);
      above.add(Math.max(0, most + extents.get(a - 1) - 1 - pad - (x.shape().dim(a) - 1)));
    }
    index.add(at.get(last - 1));
    below.add(0L);
    above.add(0L);
    return phase.readPadded(x, index, below, above, 0);
  }
}
