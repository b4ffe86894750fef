package dev.nncc.tensor.lower;

import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.Alloc;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.schedule.Schedule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Phases that hand rows to each other (attention: scores, softmax, product) as one kernel: a block
 * of rows goes through all of them while it is in the first cache, and what lies between the phases
 * never exists as a whole.
 *
 * <pre>
 *   for h { for m { .. S[h, m, ..] = .. } }        for h {
 *   for h { for m { .. S[h, m, ..] .. } }    =>      for block { alloc S[rows, ..];
 *                                                      for m { .. } for m { .. } } }
 * </pre>
 *
 * <p>A factor of the first phase that all rows read across its own rows (the keys) is turned over
 * once, in front of the blocks.
 */
final class RowFusion {
  /** Bytes of a block of rows: most of the smallest first cache. */
  private static final long BLOCK_BYTES = 36 << 10;

  /** With fewer iterations around the rows the threads would find too little to share. */
  private static final long FEWEST_CHUNKS = 4;

  /** A block of fewer rows would read the other factors too often. */
  private static final long FEWEST_ROWS = 8;

  /** Numbers of rows that register tiles divide, the best first. */
  private static final List<Long> GOOD_MULTIPLES = List.of(24L, 12L, 8L);

  /** Stands for the row inside the block until the loop over rows has a name. */
  private static final String ROW = "row in block";

  private final List<Phase> phases;
  private final Set<Argument> between;
  private final Map<Argument, Buffer> arguments = new LinkedHashMap<>();
  private final SharedLoops shared;
  private final Map<Argument, Buffer> blocks = new LinkedHashMap<>();
  private long rows;

  private RowFusion(List<Phase> phases, Set<Argument> between) {
    this.phases = phases;
    this.between = between;
    shared = SharedLoops.of(phases);
  }

  /**
   * The phases as one.
   *
   * @param between what only these phases use
   */
  static Optional<Phase> of(List<Phase> phases, Set<Argument> between) {
    boolean once = phases.stream().allMatch(p -> p.rounds() == 1);
    return phases.size() < 2 || !once || between.isEmpty()
        ? Optional.empty()
        : new RowFusion(inPairs(phases), between).fused();
  }

  /** The first product over pairs where both factors are bf16 and lie along what is reduced. */
  private static List<Phase> inPairs(List<Phase> phases) {
    Phase first = phases.get(0);
    List<For> loops = SharedLoops.spine(first);
    String k = loops.isEmpty() ? "" : loops.get(loops.size() - 1).var();
    Optional<Kernel> paired =
        Schedule.attempt(
            first.kernel(),
            String.format(Locale.ROOT, "split %s 2 -> %sq %sp; tensorise %sp", k, k, k, k));
    List<Phase> others = phases.subList(1, phases.size());
    if (paired.isEmpty()) {
      return phases;
    }
    for (int i = 0; i < first.arguments().size(); i++) {
      Argument a = first.arguments().get(i);
      boolean changed = paired.get().args().get(i).type() != first.kernel().args().get(i).type();
      if (changed && others.stream().anyMatch(p -> p.arguments().contains(a))) {
        return phases;
      }
    }
    List<Phase> all = new ArrayList<>(List.of(first.with(paired.get())));
    all.addAll(others);
    return all;
  }

  private Optional<Phase> fused() {
    if (shared.size() < 2) {
      return Optional.empty();
    }
    For last = shared.rows();
    long chunks = shared.around().stream().mapToLong(For::trip).reduce(1, (a, b) -> a * b);
    if (chunks < FEWEST_CHUNKS || !allInRows()) {
      return Optional.empty();
    }
    rows = rows(last.trip());
    if (rows < FEWEST_ROWS) {
      return Optional.empty();
    }
    makeBlocks();
    List<Stmt> bodies = new ArrayList<>();
    for (Phase p : phases) {
      bodies.add(local(shared.inside(p), p));
    }
    List<TurnedFactor> copies = new ArrayList<>();
    turned(last.var())
        .ifPresent(
            t -> {
              copies.add(t);
              bodies.set(0, t.used(bodies.get(0)));
            });
    pairRows(bodies, last.var()).ifPresent(copies::add);
    List<Stmt> parts = new ArrayList<>();
    for (int p = 0; p < phases.size(); p++) {
      String row = last.var() + "r" + p;
      parts.add(For.of(row, rows, substituted(bodies.get(p), last.var(), at(last, row))));
    }
    Stmt s = Stmt.Block.of(parts);
    for (Buffer b : new LinkedHashSet<>(blocks.values())) {
      s = new Alloc(b, s);
    }
    s = last.trip() == rows ? s : For.of(last.var() + "b", last.trip() / rows, s);
    for (TurnedFactor t : copies) {
      s = new Alloc(t.to(), Stmt.Block.of(List.of(t.fill(), s)));
    }
    for (int i = shared.size() - 2; i >= 0; i--) {
      s = shared.around().get(i).with(s);
    }
    double flops = phases.stream().mapToDouble(Phase::flops).sum();
    List<Argument> outside = new ArrayList<>(arguments.keySet());
    return Optional.of(
        new Phase(Kernel.of("attention", List.copyOf(arguments.values()), s), outside, flops));
  }

  /** Whether phases use what is between them at the row of the shared loops only. */
  private boolean allInRows() {
    for (Phase p : phases) {
      for (int i = 0; i < p.arguments().size(); i++) {
        if (between.contains(p.arguments().get(i))
            && !shared.isInRows(p, p.kernel().args().get(i))) {
          return false;
        }
      }
    }
    return true;
  }

  /** Rows of a block: a divisor that fits the cache, and register tiles if possible. */
  private long rows(long all) {
    long bytes = 1;
    for (Phase p : phases) {
      for (int i = 0; i < p.arguments().size(); i++) {
        if (between.contains(p.arguments().get(i))) {
          Buffer b = p.kernel().args().get(i);
          long row = b.type().bytes();
          for (long n : shared.rowShape(p, b)) {
            row *= n;
          }
          bytes = Math.max(bytes, row);
        }
      }
    }
    long most = Math.max(1, BLOCK_BYTES / bytes);
    for (long multiple : GOOD_MULTIPLES) {
      for (long r = Math.min(all, most); r >= multiple; r--) {
        if (all % r == 0 && r % multiple == 0) {
          return r;
        }
      }
    }
    return 0;
  }

  private void makeBlocks() {
    for (Phase p : phases) {
      for (int i = 0; i < p.arguments().size(); i++) {
        Argument a = p.arguments().get(i);
        Buffer b = p.kernel().args().get(i);
        if (!between.contains(a)) {
          arguments.computeIfAbsent(a, k -> b.withName("a" + arguments.size()));
          continue;
        }
        List<Long> shape = new ArrayList<>(List.of(rows));
        shape.addAll(shared.rowShape(p, b));
        Optional<Buffer> old = isBlock(a) ? Optional.empty() : outlived(p, b, shape);
        blocks.computeIfAbsent(
            a,
            k ->
                old.orElseGet(
                    () -> Buffer.of("rows" + blocks.size(), b.type(), Space.LOCAL, shape)));
      }
    }
  }

  private boolean isBlock(Argument a) {
    return blocks.containsKey(a);
  }

  /** A block that a phase reads for the last time before it writes this one, of the same shape. */
  private Optional<Buffer> outlived(Phase p, Buffer written, List<Long> shape) {
    for (int i = 0; i < p.arguments().size(); i++) {
      Argument a = p.arguments().get(i);
      Buffer block = blocks.get(a);
      boolean later =
          phases.subList(phases.indexOf(p) + 1, phases.size()).stream()
              .anyMatch(q -> q.arguments().contains(a));
      if (block != null
          && !later
          && block.shape().equals(shape)
          && block.type() == written.type()
          && isReadBefore(p.kernel().body(), p.kernel().args().get(i), written)) {
        return Optional.of(block);
      }
    }
    return Optional.empty();
  }

  /** Whether no statement that writes the one buffer, nor any behind it, reads the other. */
  private static boolean isReadBefore(Stmt body, Buffer read, Buffer written) {
    boolean[] wrote = {false};
    boolean[] fine = {true};
    body.rewrite(
        s -> {
          if (s instanceof Stmt.Store || s instanceof Reduce) {
            List<Buffer> loads = new ArrayList<>();
            s.mapChildren(
                c -> c,
                e ->
                    e.rewrite(
                        x -> {
                          if (x instanceof Expr.Load l) {
                            loads.add(l.buffer());
                          }
                          return x;
                        }));
            wrote[0] |= s instanceof Stmt.Store t && t.buffer().equals(written);
            wrote[0] |=
                s instanceof Reduce r
                    && r.outputs().stream().anyMatch(o -> o.buffer().equals(written));
            fine[0] &= !(wrote[0] && loads.contains(read));
          }
          return s;
        });
    return fine[0];
  }

  /** A phase's body over the kernel's arguments and the blocks. */
  private Stmt local(Stmt body, Phase p) {
    Map<Buffer, Argument> of = new LinkedHashMap<>();
    for (int i = 0; i < p.arguments().size(); i++) {
      of.put(p.kernel().args().get(i), p.arguments().get(i));
    }
    return body.rewriteExprs(
            e ->
                e instanceof Expr.Load l && of.containsKey(l.buffer())
                    ? new Expr.Load(buffer(l.buffer(), of), index(l.buffer(), of, l.index()))
                    : e)
        .rewrite(
            s -> {
              if (s instanceof Stmt.Store t && of.containsKey(t.buffer())) {
                return new Stmt.Store(
                    buffer(t.buffer(), of), index(t.buffer(), of, t.index()), t.value());
              }
              return s instanceof Reduce r ? reduce(r, of) : s;
            });
  }

  private Reduce reduce(Reduce r, Map<Buffer, Argument> of) {
    List<Reduce.Output> outputs = new ArrayList<>();
    for (Reduce.Output o : r.outputs()) {
      outputs.add(
          of.containsKey(o.buffer())
              ? new Reduce.Output(
                  buffer(o.buffer(), of), index(o.buffer(), of, o.index()), o.value(), o.when())
              : o);
    }
    return new Reduce(r.over(), r.states(), r.next(), r.combine(), r.lets(), outputs);
  }

  private Buffer buffer(Buffer b, Map<Buffer, Argument> of) {
    Argument a = of.get(b);
    Buffer block = a == null ? null : blocks.get(a);
    Buffer argument = a == null ? null : arguments.get(a);
    return block != null ? block : argument != null ? argument : b;
  }

  /** Inside a block the row is counted from the block's first one. */
  private List<Expr> index(Buffer b, Map<Buffer, Argument> of, List<Expr> index) {
    Argument a = of.get(b);
    if (a == null || !blocks.containsKey(a)) {
      return index;
    }
    List<Expr> at = new ArrayList<>(List.of((Expr) Exprs.var(ROW)));
    at.addAll(shared.inRow(index));
    return at;
  }

  private Expr at(For last, String row) {
    return last.trip() == rows
        ? Exprs.var(row)
        : Exprs.add(Exprs.mul(Exprs.var(last.var() + "b"), Exprs.index(rows)), Exprs.var(row));
  }

  private static Stmt substituted(Stmt s, String var, Expr by) {
    String row = by instanceof Expr.Var v ? v.name() : ((Expr.Var) ((Expr.Bin) by).b()).name();
    return s.rewriteExprs(
        e ->
            e instanceof Expr.Var v && v.name().equals(var)
                ? by
                : e instanceof Expr.Var w && w.name().equals(ROW) ? Exprs.var(row) : e);
  }

  /** The product of rows in bf16 at the end, over pairs; the copy of its other factor. */
  private Optional<TurnedFactor> pairRows(List<Stmt> bodies, String row) {
    int last = bodies.size() - 1;
    if (!(bodies.get(last) instanceof For column)
        || !(column.body() instanceof For depth)
        || !(depth.body() instanceof Reduce r)) {
      return Optional.empty();
    }
    Optional<PairedRows> paired = PairedRows.of(r, column, depth, bodies.get(last - 1), row);
    paired.ifPresent(
        p -> {
          bodies.set(last, p.used(bodies.get(last)));
          bodies.set(last - 1, p.written(bodies.get(last - 1)));
          // Scores in bf16 may have been in the same block: they keep it.
          for (Argument a : phases.get(last).arguments()) {
            blocks.computeIfPresent(a, (k, b) -> b.equals(p.rows()) ? p.pairs() : b);
          }
        });
    return paired.map(PairedRows::factor);
  }

  /** The factor of the first phase that is worth turning. */
  private Optional<TurnedFactor> turned(String row) {
    Phase p = phases.get(0);
    List<For> own = shared.within(p);
    return own.size() == 2 && local(own.get(1).body(), p) instanceof Reduce r
        ? TurnedFactor.of(r, own.get(0), own.get(1), row)
        : Optional.empty();
  }
}
