package dev.nncc.tensor.schedule;

import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.Alloc;
import dev.nncc.tensor.ir.Stmt.Block;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.ir.Stmt.Kind;
import dev.nncc.tensor.ir.Stmt.Prefetch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * {@code spread h}: the hints of loop h are given bit by bit while the statement behind the loop
 * runs, some in each iteration of its serial loops. All at once they would wait for one another,
 * and the loads of that statement for them. Hints have no meaning, so this is always legal.
 */
record Spread(String hints) implements Directive {
  @Override
  public Kernel apply(Kernel k) {
    boolean[] done = {false};
    Stmt body =
        k.body()
            .rewrite(
                s -> {
                  if (!(s instanceof Block b) || done[0]) {
                    return s;
                  }
                  Optional<Stmt> spread = in(b);
                  done[0] = spread.isPresent();
                  return spread.orElse(s);
                });
    if (!done[0]) {
      throw new Illegal("no hints in a loop " + hints + " in front of a loop that runs serially");
    }
    return k.with(body);
  }

  /** Whether a loop does nothing but give hints. */
  static boolean isHints(For f) {
    return f.kind() == Kind.FOR && f.isConstant() && f.body() instanceof Prefetch;
  }

  /** Whether a kernel has a loop of hints for a buffer. */
  static boolean hints(Kernel k, String buffer) {
    return Nests.loops(k.body()).stream()
        .anyMatch(
            f -> isHints(f) && f.body() instanceof Prefetch p && p.buffer().name().equals(buffer));
  }

  private Optional<Stmt> in(Block block) {
    List<Stmt> all = new ArrayList<>(block.statements());
    for (int i = 0; i + 1 < all.size(); i++) {
      if (all.get(i) instanceof For f && f.var().equals(hints) && isHints(f)) {
        List<For> loops = new ArrayList<>();
        serial(all.get(i + 1), f.trip(), loops);
        if (loops.isEmpty()) {
          return Optional.empty();
        }
        all.set(i + 1, inserted(all.get(i + 1), f, loops));
        all.remove(i);
        return Optional.of(Block.of(all));
      }
    }
    return Optional.empty();
  }

  /** The serial loops around most of the work, outermost first, of at most so many iterations. */
  private static void serial(Stmt s, long most, List<For> into) {
    if (s instanceof Alloc a) {
      serial(a.body(), most, into);
    } else if (s instanceof Block b) {
      b.statements().stream()
          .max(Comparator.comparingLong(Spread::iterations))
          .ifPresent(c -> serial(c, most, into));
    } else if (s instanceof For f && f.kind() == Kind.FOR && f.isConstant() && f.trip() <= most) {
      into.add(f);
      serial(f.body(), most / f.trip(), into);
    }
  }

  private static long iterations(Stmt s) {
    if (s instanceof For f) {
      return f.isConstant() ? f.trip() * Math.max(1, iterations(f.body())) : 0;
    }
    if (s instanceof Alloc a) {
      return iterations(a.body());
    }
    return s instanceof Block b ? b.statements().stream().mapToLong(Spread::iterations).sum() : 0;
  }

  private static Stmt inserted(Stmt s, For hints, List<For> loops) {
    Expr iteration = Exprs.index(0);
    long count = 1;
    for (For l : loops) {
      iteration = Exprs.add(Exprs.mul(iteration, Exprs.index(l.trip())), Exprs.var(l.var()));
      count *= l.trip();
    }
    long each = (hints.trip() + count - 1) / count;
    Expr line = Exprs.add(Exprs.mul(iteration, Exprs.index(each)), Exprs.var(hints.var()));
    Prefetch hint = (Prefetch) hints.body();
    List<Expr> index = Exprs.map(hint.index(), e -> Exprs.substitute(e, hints.var(), line));
    Stmt some =
        For.of(hints.var(), each, new Prefetch(hint.buffer(), index, hint.level()))
            .with(Kind.UNROLL);
    For innermost = loops.get(loops.size() - 1);
    return s.rewrite(
        x ->
            x instanceof For f && f.var().equals(innermost.var())
                ? f.with(Block.of(List.of(some, f.body())))
                : x);
  }

  @Override
  public String toString() {
    return "spread " + hints;
  }
}
