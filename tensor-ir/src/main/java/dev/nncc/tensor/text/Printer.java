package dev.nncc.tensor.text;

import dev.nncc.graph.DType;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Writes kernels in the form that {@link Parser} reads. Constants carry their type as a suffix
 * ({@code 2:i32}, {@code 0.5:f16}); without one a number with a point is f32 and one without is
 * i64.
 */
public final class Printer implements Stmt.Visitor<Void> {
  private final StringBuilder out = new StringBuilder();
  private int depth;

  private Printer() {}

  public static String print(Kernel k) {
    Printer p = new Printer();
    String args = k.args().stream().map(Printer::print).collect(Collectors.joining(",\n    "));
    String dims = k.dims().isEmpty() ? "" : " dims (" + String.join(", ", k.dims()) + ")";
    p.nested("kernel " + k.name() + "(" + args + ")" + dims, k.body());
    return p.out.toString();
  }

  public static String print(Stmt s) {
    Printer p = new Printer();
    s.accept(p);
    return p.out.toString();
  }

  public static String print(Expr e) {
    return e.accept(ExprPrinter.INSTANCE);
  }

  /** A buffer's declaration; strides and offset only where they are not the compact ones. */
  public static String print(Buffer b) {
    StringBuilder s = new StringBuilder(b.name() + ": " + b.type().text() + " ");
    if (b.space() == Space.LOCAL || b.space() == Space.REG) {
      s.append(b.space().name().toLowerCase(Locale.ROOT)).append(' ');
    }
    s.append(b.shape());
    if (b.lo().stream().anyMatch(x -> x != 0) || b.hi().stream().anyMatch(x -> x != 0)) {
      s.append(b.lo().equals(b.hi()) ? " halo " + b.lo() : " lo " + b.lo() + " hi " + b.hi());
    }
    Buffer compact =
        Buffer.padded(b.name(), b.type(), b.space(), b.shape(), b.lo(), b.hi(), b.fill());
    if (!compact.strides().equals(b.strides())) {
      s.append(" strides ").append(b.strides());
    }
    if (compact.offset() != b.offset()) {
      s.append(" offset ").append(b.offset());
    }
    if (Double.doubleToRawLongBits(b.fill()) != 0) {
      s.append(" fill ").append(number(DType.F64, b.fill()));
    }
    return s.toString();
  }

  /** A number without its type. */
  static String number(DType t, Number value) {
    if (!t.isFloat()) {
      return Long.toString(value.longValue());
    }
    double v = value.doubleValue();
    if (Double.isInfinite(v)) {
      return v < 0 ? "-inf" : "inf";
    }
    if (Double.isNaN(v)) {
      return "nan";
    }
    return t == DType.F64 ? Double.toString(v) : Float.toString((float) v);
  }

  static String access(Buffer b, List<Expr> index) {
    return index.stream()
        .map(Printer::print)
        .collect(Collectors.joining(", ", b.name() + "[", "]"));
  }

  private void line(String s) {
    out.append("  ".repeat(depth)).append(s).append('\n');
  }

  private void nested(String head, Stmt body) {
    line(head + " {");
    depth++;
    body.accept(this);
    depth--;
    line("}");
  }

  @Override
  public Void onBlock(Stmt.Block s) {
    s.statements().forEach(x -> x.accept(this));
    return null;
  }

  @Override
  public Void onFor(Stmt.For s) {
    String kind = s.kind().name().toLowerCase(Locale.ROOT);
    nested(kind + " " + s.var() + " < " + print(s.extent()), s.body());
    return null;
  }

  @Override
  public Void onIf(Stmt.If s) {
    nested("if " + print(s.condition()), s.yes());
    s.no().ifPresent(n -> nested("else", n));
    return null;
  }

  @Override
  public Void onLet(Stmt.Let s) {
    nested("let " + s.name() + " = " + print(s.value()), s.body());
    return null;
  }

  @Override
  public Void onAlloc(Stmt.Alloc s) {
    Buffer b = s.buffer();
    if (b.space() == Space.CONST) {
      String values =
          b.values().stream()
              .map(v -> b.type().isFloat() ? number(b.type(), v) : number(b.type(), v.longValue()))
              .collect(Collectors.joining(", "));
      nested("const " + print(b) + " = (" + values + ")", s.body());
    } else {
      nested("alloc " + print(b), s.body());
    }
    return null;
  }

  @Override
  public Void onStore(Stmt.Store s) {
    line(access(s.buffer(), s.index()) + " = " + print(s.value()));
    return null;
  }

  @Override
  public Void onUpdate(Stmt.Update s) {
    line(access(s.buffer(), s.index()) + " " + s.op().text() + "= " + print(s.value()));
    return null;
  }

  @Override
  public Void onPrefetch(Stmt.Prefetch s) {
    line("prefetch " + s.level() + " " + access(s.buffer(), s.index()));
    return null;
  }

  @Override
  public Void onReduce(Reduce r) {
    Sugar.of(r)
        .ifPresentOrElse(
            s -> {
              String from = s.hasPlainInit() ? "" : " from " + print(s.init());
              String then = s.hasPlainFinish() ? "" : " then " + print(s.finish());
              String over = "(" + String.join(", ", r.over()) + ") ";
              String op = s.op().text();
              line(
                  access(s.buffer(), s.index())
                      + " = reduce "
                      + (op + " " + over + print(s.value()) + from + then));
            },
            () -> general(r));
    return null;
  }

  private void general(Reduce r) {
    line("reduce (" + String.join(", ", r.over()) + ") {");
    depth++;
    for (Reduce.State s : r.states()) {
      line("state " + s.name() + ": " + s.type().text() + " from " + print(s.init()));
    }
    for (int i = 0; i < r.states().size(); i++) {
      line("next " + r.states().get(i).name() + " = " + print(r.next().get(i)));
    }
    r.combine().ifPresent(c -> combine(r, c));
    for (Reduce.Binding b : r.lets()) {
      line("let " + b.name() + " = " + print(b.value()));
    }
    for (Reduce.Output o : r.outputs()) {
      String when = o.when().map(c -> " when " + print(c)).orElse("");
      line(access(o.buffer(), o.index()) + " = " + print(o.value()) + when);
    }
    depth--;
    line("}");
  }

  private void combine(Reduce r, Reduce.Combine c) {
    for (int i = 0; i < r.states().size(); i++) {
      String name = r.states().get(i).name();
      line(
          "combine "
              + name
              + " from "
              + print(c.identity().get(i))
              + " = "
              + print(c.merged().get(i)));
    }
    c.op().ifPresent(op -> line("by " + op.text()));
  }
}
