package dev.nncc.tensor.index;

import dev.nncc.graph.DType;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.Bin;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Expr.Const;
import dev.nncc.tensor.ir.Expr.Select;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.Alloc;
import dev.nncc.tensor.ir.Stmt.Block;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.ir.Stmt.If;
import dev.nncc.tensor.ir.Stmt.Let;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Brings every i64 expression into its canonical form and removes conditions that the loop bounds
 * decide. Float arithmetic is left as it stands.
 */
public final class Simplifier {
  /** Is equal to no part of a kernel. */
  private static final Stmt NOTHING = new Block(List.of());

  private Simplifier() {}

  /** Simplifies a whole kernel; dimension parameters are taken as not negative. */
  public static Kernel simplify(Kernel k) {
    return k.with(simplify(k.body(), bounds(k)));
  }

  /**
   * Simplifies what a rewrite made of a kernel that was simple: statements that both share, at the
   * same place, are left.
   */
  public static Kernel simplify(Kernel k, Kernel simple) {
    return k.with(simplify(k.body(), simple.body(), bounds(k)));
  }

  private static Map<String, Range> bounds(Kernel k) {
    Map<String, Range> bounds = new LinkedHashMap<>();
    k.dims().forEach(d -> bounds.put(d, Range.NON_NEGATIVE));
    return bounds;
  }

  /** Simplifies below the loops whose bounds are given. */
  public static Stmt simplify(Stmt s, Map<String, Range> bounds) {
    return simplify(s, NOTHING, bounds);
  }

  /**
   * @param simple what was in the place of {@code s}, below loops of the same bounds
   */
  private static Stmt simplify(Stmt s, Stmt simple, Map<String, Range> bounds) {
    if (s == simple) {
      return s;
    }
    if (s instanceof For f) {
      Expr extent = simplify(f.extent(), Ranges.of(bounds));
      Map<String, Range> inner = new LinkedHashMap<>(bounds);
      inner.put(f.var(), ofLoop(f, Ranges.of(bounds)));
      boolean same =
          simple instanceof For x && x.var().equals(f.var()) && x.extent().equals(f.extent());
      Stmt body = simplify(f.body(), same ? ((For) simple).body() : NOTHING, inner);
      return extent.equals(f.extent()) && body == f.body()
          ? f
          : new For(f.var(), extent, f.kind(), body);
    }
    if (s instanceof If i) {
      Expr c = simplify(i.condition(), Ranges.of(bounds));
      if (c instanceof Const k) {
        return k.integer() != 0
            ? simplify(i.yes(), bounds)
            : i.no().map(n -> simplify(n, bounds)).orElse(new Block(List.of()));
      }
    }
    Stmt r =
        s.mapChildren(
            c -> simplify(c, counterpart(c, s, simple), bounds),
            e -> simplify(e, Ranges.of(bounds)));
    boolean nested =
        r instanceof Block b && b.statements().stream().anyMatch(Block.class::isInstance);
    return nested ? Block.of(((Block) r).statements()) : r;
  }

  /** What was in the place of a part {@code c} of a statement. */
  private static Stmt counterpart(Stmt c, Stmt s, Stmt simple) {
    if (s instanceof Alloc && simple instanceof Alloc a) {
      return a.body();
    }
    if (s instanceof Let && simple instanceof Let l) {
      return l.body();
    }
    if (!(s instanceof Block b) || !(simple instanceof Block was)) {
      return NOTHING;
    }
    boolean aligned = b.statements().size() == was.statements().size();
    for (int i = 0; i < was.statements().size(); i++) {
      if (was.statements().get(i) == c || aligned && b.statements().get(i) == c) {
        return was.statements().get(i);
      }
    }
    return NOTHING;
  }

  /** The values of a loop's variable. */
  public static Range ofLoop(For f, Ranges around) {
    Range n = Affine.of(f.extent(), around).range(around);
    return new Range(0, n.hi() >= Range.INFINITE ? n.hi() : Math.max(0, n.hi() - 1));
  }

  /** Simplifies an expression of any type. */
  public static Expr simplify(Expr e, Ranges r) {
    if (e.type() == DType.I64) {
      Expr x = Affine.of(e, r).expr();
      return x.equals(e) ? e : x;
    }
    return resolve(e.mapChildren(c -> simplify(c, r)), r);
  }

  /** Decides one node whose children are simple. */
  static Expr resolve(Expr e, Ranges r) {
    if (e instanceof Select s) {
      if (s.condition() instanceof Const c) {
        return c.integer() != 0 ? s.yes() : s.no();
      }
      return s.yes().equals(s.no()) ? s.yes() : e;
    }
    if (!(e instanceof Bin b) || b.type() != DType.BOOL) {
      return e;
    }
    if (b.op().isComparison() && b.a().type() == DType.I64) {
      Range d = Affine.of(b.a(), r).minus(Affine.of(b.b(), r)).range(r);
      return decide(b.op(), d).<Expr>map(x -> new Const(DType.BOOL, x ? 1L : 0L)).orElse(e);
    }
    if (b.op() == BinOp.AND || b.op() == BinOp.OR) {
      long neutral = b.op() == BinOp.AND ? 1 : 0;
      if (b.a() instanceof Const c) {
        return c.integer() == neutral ? b.b() : c;
      }
      if (b.b() instanceof Const c) {
        return c.integer() == neutral ? b.a() : c;
      }
    }
    return e;
  }

  private static Optional<Boolean> decide(BinOp op, Range difference) {
    return switch (op) {
      case LT -> known(difference.hi() < 0, difference.lo() >= 0);
      case LE -> known(difference.hi() <= 0, difference.lo() > 0);
      default ->
          known(
              difference.lo() == 0 && difference.hi() == 0,
              difference.lo() > 0 || difference.hi() < 0);
    };
  }

  private static Optional<Boolean> known(boolean yes, boolean no) {
    return yes ? Optional.of(true) : no ? Optional.of(false) : Optional.empty();
  }

  /** i64 operations on constants that {@link Affine} has no rule for. */
  static Optional<Long> fold(BinOp op, long a, long b) {
    return switch (op) {
      case AND -> Optional.of(a & b);
      case OR -> Optional.of(a | b);
      case XOR -> Optional.of(a ^ b);
      default -> Optional.empty();
    };
  }

  /** A conjunction of i64 conditions, true when empty. */
  public static Expr all(List<Expr> conditions) {
    return conditions.stream().reduce(Exprs::and).orElse(new Const(DType.BOOL, 1L));
  }
}
