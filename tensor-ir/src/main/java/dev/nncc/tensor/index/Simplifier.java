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
import dev.nncc.tensor.ir.Stmt.Block;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.ir.Stmt.If;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Brings every i64 expression into its canonical form and removes conditions that the loop bounds
 * decide. Float arithmetic is left as it stands.
 */
public final class Simplifier {
  private Simplifier() {}

  /** Simplifies a whole kernel; dimension parameters are taken as not negative. */
  public static Kernel simplify(Kernel k) {
    Map<String, Range> bounds = new LinkedHashMap<>();
    k.dims().forEach(d -> bounds.put(d, Range.NON_NEGATIVE));
    return k.with(simplify(k.body(), bounds));
  }

  /** Simplifies below the loops whose bounds are given. */
  public static Stmt simplify(Stmt s, Map<String, Range> bounds) {
    if (s instanceof For f) {
      Expr extent = simplify(f.extent(), Ranges.of(bounds));
      Map<String, Range> inner = new LinkedHashMap<>(bounds);
      inner.put(f.var(), ofLoop(f, Ranges.of(bounds)));
      Stmt body = simplify(f.body(), inner);
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
    Stmt r = s.mapChildren(c -> simplify(c, bounds), e -> simplify(e, Ranges.of(bounds)));
    boolean nested =
        r instanceof Block b && b.statements().stream().anyMatch(Block.class::isInstance);
    return nested ? Block.of(((Block) r).statements()) : r;
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
