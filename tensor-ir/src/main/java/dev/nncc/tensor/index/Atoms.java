package dev.nncc.tensor.index;

import dev.nncc.graph.DType;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.Bin;
import dev.nncc.tensor.ir.Expr.Cast;
import dev.nncc.tensor.ir.Expr.Const;
import dev.nncc.tensor.ir.Expr.Load;
import dev.nncc.tensor.ir.Expr.Select;
import dev.nncc.tensor.ir.Expr.Var;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.text.Printer;

/** What is known of the atoms of an {@link Affine}: their order and their bounds. */
final class Atoms {
  private Atoms() {}

  /** The text that orders atoms. */
  static final class Key {
    private Key() {}

    static String of(Expr atom) {
      return atom instanceof Var v ? v.name() : Printer.print(atom);
    }
  }

  static Range range(Expr atom, Ranges r) {
    if (atom instanceof Var v) {
      return r.of(v.name());
    }
    if (atom instanceof Bin b) {
      return ofBin(b, r);
    }
    if (atom instanceof Select s) {
      return Affine.of(s.yes(), r).range(r).union(Affine.of(s.no(), r).range(r));
    }
    if (atom instanceof Cast c) {
      return ofType(c.e().type());
    }
    if (atom instanceof Load l && l.buffer().space() == Space.CONST && l.type() == DType.I64) {
      double lo = l.buffer().values().stream().mapToDouble(x -> x).min().orElse(0);
      double hi = l.buffer().values().stream().mapToDouble(x -> x).max().orElse(0);
      return new Range((long) lo, (long) hi);
    }
    return Range.ALL;
  }

  private static Range ofBin(Bin b, Ranges r) {
    switch (b.op()) {
      case FLOORDIV:
        return b.b() instanceof Const d && d.integer() > 0
            ? Affine.of(b.a(), r).range(r).floorDiv(d.integer())
            : Range.ALL;
      case MOD:
        return b.b() instanceof Const d && d.integer() > 0
            ? new Range(0, d.integer() - 1)
            : Range.ALL;
      case MIN:
        return Affine.of(b.a(), r).range(r).min(Affine.of(b.b(), r).range(r));
      case MAX:
        return Affine.of(b.a(), r).range(r).max(Affine.of(b.b(), r).range(r));
      case MUL:
        Range x = Affine.of(b.a(), r).range(r);
        Range y = Affine.of(b.b(), r).range(r);
        return x.lo() >= 0 && y.lo() >= 0
            ? new Range(
                x.times(y.lo()).lo(), y.hi() >= Range.INFINITE ? y.hi() : x.times(y.hi()).hi())
            : Range.ALL;
      default:
        return Range.ALL;
    }
  }

  /** What a cast from the type to i64 can give. */
  private static Range ofType(DType t) {
    return switch (t) {
      case BOOL -> new Range(0, 1);
      case U8, U16, U32 -> new Range(0, (1L << 8 * t.bytes()) - 1);
      case I8, I16, I32 -> new Range(-(1L << 8 * t.bytes() - 1), (1L << 8 * t.bytes() - 1) - 1);
      default -> Range.ALL;
    };
  }
}
