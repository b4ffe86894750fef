package dev.nncc.tensor.text;

import dev.nncc.graph.DType;
import dev.nncc.tensor.ir.Expr;
import java.util.Locale;

/** The expressions of {@link Printer}. */
final class ExprPrinter implements Expr.Visitor<String> {
  static final ExprPrinter INSTANCE = new ExprPrinter();

  private ExprPrinter() {}

  private String text(Expr e) {
    return e.accept(this);
  }

  @Override
  public String onConst(Expr.Const e) {
    String n = Printer.number(e.type(), e.value());
    return e.type() == DType.I64 || e.type() == DType.F32 ? n : n + ":" + e.type().text();
  }

  @Override
  public String onVar(Expr.Var e) {
    return e.name();
  }

  @Override
  public String onLoad(Expr.Load e) {
    return Printer.access(e.buffer(), e.index());
  }

  @Override
  public String onBin(Expr.Bin e) {
    String a = text(e.a());
    String b = text(e.b());
    return switch (e.op()) {
      case MIN, MAX, POW, REM, DOT_BF16, PAIR_BF16 -> e.op().text() + "(" + a + ", " + b + ")";
      default -> "(" + a + " " + e.op().text() + " " + b + ")";
    };
  }

  @Override
  public String onSelect(Expr.Select e) {
    return "select(" + text(e.condition()) + ", " + text(e.yes()) + ", " + text(e.no()) + ")";
  }

  @Override
  public String onCast(Expr.Cast e) {
    return e.type().text() + "(" + text(e.e()) + ")";
  }

  @Override
  public String onCall(Expr.Call e) {
    return e.fn().name().toLowerCase(Locale.ROOT) + "(" + text(e.a()) + ")";
  }
}
