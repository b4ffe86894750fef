package dev.nncc.tensor.schedule;

import dev.nncc.tensor.index.Affine;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.Bin;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.Block;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.ir.Stmt.If;
import dev.nncc.tensor.ir.Stmt.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * {@code clip k}: each iteration of k has code of its own, in which an unrolled loop r inside has
 * only the iterations for which a condition of k and r holds; where loops around decide which these
 * are, there is code for each case. Legal when everything inside is under one condition (hints may
 * be left out or not), and those of its parts that k moves are of r and of loops around with known
 * extents.
 */
record Clip(String loop) implements Directive {
  /** Iterations of k, and values of the loops around, that are looked at. */
  private static final long MOST = 8;

  private static final long MOST_AROUND = 1 << 12;

  /** Some neighbouring iterations of a loop. */
  private record Span(long from, long to) {
    long size() {
      return to - from;
    }
  }

  @Override
  public Kernel apply(Kernel k) {
    Map<String, For> around = new LinkedHashMap<>();
    Nests.loops(k.body()).stream()
        .filter(f -> Nests.loops(f.body()).stream().anyMatch(l -> l.var().equals(loop)))
        .forEach(f -> around.put(f.var(), f));
    return Nests.at(
        k,
        loop,
        f -> {
          Stmt made = clipped(f, around);
          Stream<String> loops = Nests.loops(made).stream().map(For::var);
          Stream<String> buffers = Nests.allocated(made).stream().map(Buffer::name);
          Nests.requireFresh(k, Stream.concat(loops, buffers).distinct().toList());
          return made;
        });
  }

  /** Whether there is a condition inside that the loop moves. */
  static boolean applies(For k) {
    boolean[] found = {false};
    k.body()
        .rewrite(
            s -> {
              found[0] |= s instanceof If i && Exprs.mentions(i.condition(), k.var());
              return s;
            });
    return found[0];
  }

  private Stmt clipped(For k, Map<String, For> around) {
    Set<Expr> conditions = new LinkedHashSet<>();
    Lift.collect(k.body(), conditions);
    if (conditions.size() != 1 || !Guard.isGuard(conditions.iterator().next())) {
      throw new Illegal("not everything inside is under one condition of places");
    }
    Expr whole = conditions.iterator().next();
    List<Expr> parts = Lift.partsOn(whole, loop);
    List<For> moving =
        Nests.loops(k.body()).stream()
            .filter(f -> parts.stream().anyMatch(e -> Exprs.mentions(e, f.var())))
            .toList();
    if (moving.size() != 1 || moving.get(0).kind() != Kind.UNROLL || !moving.get(0).isConstant()) {
      throw new Illegal("the condition is not of one unrolled loop inside");
    }
    boolean plain = k.kind() == Kind.FOR || k.kind() == Kind.UNROLL;
    if (!plain || !k.isConstant() || k.trip() > MOST) {
      throw new Illegal(loop + " is no short loop");
    }
    Expr condition = parts.stream().reduce(Exprs::and).orElseThrow();
    Stmt body = Lift.without(k.body(), whole, parts);
    List<Stmt> all = new ArrayList<>();
    for (long i = 0; i < k.trip(); i++) {
      Expr here = Exprs.substitute(condition, loop, Exprs.index(i));
      Stmt iteration = Peel.suffixed(Nests.substitute(body, loop, Exprs.index(i)), "_" + loop + i);
      all.add(cases(iteration, here, moving.get(0), "_" + loop + i, around));
    }
    return Block.of(all);
  }

  /** The iteration for each set of places that there may be, the largest first. */
  private static Stmt cases(Stmt s, Expr condition, For r, String suffix, Map<String, For> around) {
    List<Span> spans = new ArrayList<>(spans(condition, r, around));
    spans.sort(Comparator.comparingLong(x -> -x.size()));
    Stmt made = Block.of(List.of());
    for (int i = spans.size() - 1; i >= 0; i--) {
      Span span = spans.get(i);
      String mark = i == 0 ? "" : "_" + i;
      Stmt some = span.size() == 0 ? made : Peel.suffixed(only(s, r, suffix, span), mark);
      // a set that has both ends of this one has all of it: it would have been found before
      made =
          i == spans.size() - 1
              ? some
              : new If(
                  Exprs.and(at(condition, r, span.from), at(condition, r, span.to - 1)),
                  some,
                  Optional.of(made));
    }
    return made;
  }

  private static Expr at(Expr condition, For r, long i) {
    return Exprs.substitute(condition, r.var(), Exprs.index(i));
  }

  private static Stmt only(Stmt s, For r, String suffix, Span span) {
    String v = r.var() + suffix;
    Expr place = Exprs.add(Exprs.var(v), Exprs.index(span.from));
    return s.rewrite(
        x ->
            x instanceof For f && f.var().equals(v)
                ? For.of(v, span.size(), Nests.substitute(f.body(), v, place)).with(f.kind())
                : x);
  }

  /** Which iterations of r the condition holds for, for all values of the loops around. */
  private static Set<Span> spans(Expr condition, For r, Map<String, For> around) {
    List<Map<String, Long>> places = new ArrayList<>(List.of(Map.of()));
    for (For f : around.values()) {
      if (!Exprs.mentions(condition, f.var())) {
        continue;
      }
      if (!f.isConstant() || f.trip() * places.size() > MOST_AROUND) {
        throw new Illegal("too many values of " + f.var());
      }
      List<Map<String, Long>> more = new ArrayList<>();
      for (Map<String, Long> p : places) {
        for (long i = 0; i < f.trip(); i++) {
          Map<String, Long> q = new LinkedHashMap<>(p);
          q.put(f.var(), i);
          more.add(q);
        }
      }
      places = more;
    }
    Set<Span> spans = new LinkedHashSet<>();
    for (Map<String, Long> p : places) {
      Expr e = condition;
      for (Map.Entry<String, Long> v : p.entrySet()) {
        e = Exprs.substitute(e, v.getKey(), Exprs.index(v.getValue()));
      }
      spans.add(span(e, r));
    }
    return spans;
  }

  private static Span span(Expr condition, For r) {
    long from = 0;
    while (from < r.trip() && !holds(at(condition, r, from))) {
      from++;
    }
    long to = from;
    while (to < r.trip() && holds(at(condition, r, to))) {
      to++;
    }
    for (long i = to; i < r.trip(); i++) {
      if (holds(at(condition, r, i))) {
        throw new Illegal("the condition holds for places that are no neighbours");
      }
    }
    return new Span(from, to);
  }

  private static boolean holds(Expr condition) {
    return Guard.parts(condition).stream()
        .allMatch(
            e -> {
              Bin b = (Bin) e;
              Affine less = Affine.of(b.a()).minus(Affine.of(b.b()));
              if (!less.isConstant()) {
                throw new Illegal("the condition is not one of loops");
              }
              return less.constant() < 0;
            });
  }

  @Override
  public String toString() {
    return "clip " + loop;
  }
}
