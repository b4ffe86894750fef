package dev.nncc.tensor.text;

import dev.nncc.graph.DType;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.Kind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Reads the text form of kernels, by recursive descent.
 *
 * <pre>
 * kernel = "kernel" NAME "(" [buffer {"," buffer}] ")" ["dims" "(" names ")"] stmt
 * buffer = NAME ":" dtype ["local" | "reg"] ints ["halo" ints | "lo" ints "hi" ints]
 *          ["strides" ints] ["offset" INT] ["fill" NUMBER]
 * stmt   = "{" {stmt} "}" | kind NAME "&lt;" expr {"," NAME "&lt;" expr} stmt
 *        | "if" expr stmt ["else" stmt] | "let" NAME "=" expr stmt | "alloc" buffer stmt
 *        | "const" buffer "=" "(" numbers ")" stmt | "prefetch" LEVEL access
 *        | access "=" expr | access op "=" expr
 *        | access "=" "reduce" op "(" names ")" expr ["from" expr] ["then" expr]
 *        | "reduce" "(" names ")" "{" {"state" NAME ":" dtype "from" expr} {"next" NAME "=" expr}
 *          {"combine" NAME "from" expr "=" expr} ["by" op]
 *          {"let" NAME "=" expr} {access "=" expr} "}"
 * kind   = "for" | "scan" | "par" | "unroll" | "vec"
 * </pre>
 */
public final class Parser {
  private final Lexer in;
  private final ExprParser exprs;

  private Parser(String text) {
    in = new Lexer(text);
    exprs = new ExprParser(in);
  }

  /**
   * @throws IllegalArgumentException naming the place when the text is not a kernel
   */
  public static Kernel parse(String text) {
    Parser p = new Parser(text);
    Kernel k = p.kernel();
    p.in.expectEnd();
    return k;
  }

  private Kernel kernel() {
    in.expect("kernel");
    String name = in.next();
    List<Buffer> args = new ArrayList<>();
    in.expect("(");
    if (!in.accept(")")) {
      do {
        args.add(buffer(Space.GLOBAL));
      } while (in.accept(","));
      in.expect(")");
    }
    List<String> dims = in.accept("dims") ? names() : List.of();
    dims.forEach(d -> exprs.declare(d, DType.I64));
    return new Kernel(name, args, dims, stmt());
  }

  private List<String> names() {
    List<String> l = new ArrayList<>();
    in.expect("(");
    if (!in.accept(")")) {
      do {
        l.add(in.next());
      } while (in.accept(","));
      in.expect(")");
    }
    return l;
  }

  private Buffer buffer(Space space) {
    String name = in.next();
    in.expect(":");
    DType type = type();
    Space where = in.accept("local") ? Space.LOCAL : in.accept("reg") ? Space.REG : space;
    List<Long> shape = ints();
    List<Long> none = Collections.nCopies(shape.size(), 0L);
    List<Long> lo = none;
    List<Long> hi = none;
    if (in.accept("halo")) {
      lo = ints();
      hi = lo;
    } else if (in.accept("lo")) {
      lo = ints();
      in.expect("hi");
      hi = ints();
    }
    Buffer b = Buffer.padded(name, type, where, shape, lo, hi, 0);
    List<Long> strides = in.accept("strides") ? ints() : b.strides();
    long offset = in.accept("offset") ? exprs.integer() : b.offset();
    double fill = in.accept("fill") ? exprs.number(DType.F64).doubleValue() : 0;
    b = new Buffer(name, type, where, shape, lo, hi, strides, offset, fill, List.of());
    exprs.declare(b);
    return b;
  }

  private DType type() {
    return DType.parse(in.next()).orElseThrow(() -> in.error("not a dtype"));
  }

  private List<Long> ints() {
    List<Long> l = new ArrayList<>();
    in.expect("[");
    if (in.accept("]")) {
      return l;
    }
    do {
      l.add(exprs.integer());
    } while (in.accept(","));
    in.expect("]");
    return l;
  }

  private Stmt stmt() {
    if (in.accept("{")) {
      List<Stmt> l = new ArrayList<>();
      while (!in.accept("}")) {
        l.add(stmt());
      }
      return Stmt.Block.of(l);
    }
    for (Kind k : Kind.values()) {
      if (in.accept(k.name().toLowerCase(Locale.ROOT))) {
        return loop(k);
      }
    }
    if (in.accept("if")) {
      Expr c = exprs.expr();
      Stmt yes = stmt();
      return new Stmt.If(c, yes, in.accept("else") ? Optional.of(stmt()) : Optional.empty());
    }
    if (in.accept("let")) {
      String n = in.next();
      in.expect("=");
      Expr v = exprs.expr();
      exprs.declare(n, v.type());
      return new Stmt.Let(n, v, stmt());
    }
    if (in.accept("alloc")) {
      Buffer b = buffer(Space.LOCAL);
      return new Stmt.Alloc(b, stmt());
    }
    if (in.accept("const")) {
      return table();
    }
    if (in.accept("prefetch")) {
      int level = (int) exprs.integer();
      Buffer b = exprs.buffer();
      return new Stmt.Prefetch(b, exprs.index(), level);
    }
    return in.accept("reduce") ? general() : assignment();
  }

  /** {@code a < 4, b < 5 stmt}. */
  private Stmt loop(Kind kind) {
    String v = in.next();
    in.expect("<");
    Expr extent = exprs.expr();
    exprs.declare(v, DType.I64);
    return new Stmt.For(v, extent, kind, in.accept(",") ? loop(kind) : stmt());
  }

  private Stmt table() {
    Buffer b = buffer(Space.CONST);
    List<Double> values = new ArrayList<>();
    in.expect("=");
    in.expect("(");
    do {
      values.add(exprs.number(b.type()).doubleValue());
    } while (in.accept(","));
    in.expect(")");
    Buffer t = Buffer.table(b.name(), b.type(), b.shape(), values);
    exprs.declare(t);
    return new Stmt.Alloc(t, stmt());
  }

  private Stmt assignment() {
    Buffer b = exprs.buffer();
    List<Expr> index = exprs.index();
    if (!in.accept("=")) {
      BinOp op = operator();
      in.accept("=");
      return new Stmt.Update(b, index, op, exprs.expr());
    }
    if (!in.accept("reduce")) {
      return new Stmt.Store(b, index, exprs.expr());
    }
    BinOp op = operator();
    List<String> over = names();
    Expr value = exprs.expr();
    Expr init = in.accept("from") ? exprs.expr() : Exprs.identity(op, value.type());
    exprs.declare(Reduce.ACC, value.type());
    Expr finish = in.accept("then") ? exprs.expr() : new Expr.Var(Reduce.ACC, value.type());
    return Reduce.of(b, index, op, over, init, value, finish);
  }

  /** An operator that reduces; {@code +=} and the like are one token. */
  private BinOp operator() {
    String t = in.next();
    String text = t.length() > 1 && t.endsWith("=") ? t.substring(0, t.length() - 1) : t;
    for (BinOp op : BinOp.values()) {
      if (op.text().equals(text)) {
        return op;
      }
    }
    throw in.error("not an operator: " + t);
  }

  private Stmt general() {
    List<String> over = names();
    in.expect("{");
    List<Reduce.State> states = new ArrayList<>();
    while (in.accept("state")) {
      String name = in.next();
      in.expect(":");
      DType type = type();
      in.expect("from");
      states.add(new Reduce.State(name, type, exprs.expr()));
    }
    for (Reduce.State s : states) {
      exprs.declare(s.name(), s.type());
      exprs.declare(s.name() + "'", s.type());
    }
    List<Expr> next = new ArrayList<>();
    while (in.accept("next")) {
      in.next();
      in.expect("=");
      next.add(exprs.expr());
    }
    List<Expr> identity = new ArrayList<>();
    List<Expr> merged = new ArrayList<>();
    while (in.accept("combine")) {
      in.next();
      in.expect("from");
      identity.add(exprs.expr());
      in.expect("=");
      merged.add(exprs.expr());
    }
    Optional<BinOp> op = in.accept("by") ? Optional.of(operator()) : Optional.empty();
    List<Reduce.Binding> lets = new ArrayList<>();
    while (in.accept("let")) {
      String name = in.next();
      in.expect("=");
      Expr v = exprs.expr();
      exprs.declare(name, v.type());
      lets.add(new Reduce.Binding(name, v));
    }
    List<Reduce.Output> outputs = new ArrayList<>();
    while (!in.accept("}")) {
      Buffer b = exprs.buffer();
      List<Expr> index = exprs.index();
      in.expect("=");
      Expr v = exprs.expr();
      Optional<Expr> when = in.accept("when") ? Optional.of(exprs.expr()) : Optional.empty();
      outputs.add(new Reduce.Output(b, index, v, when));
    }
    Optional<Reduce.Combine> combine =
        merged.isEmpty() ? Optional.empty() : Optional.of(new Reduce.Combine(identity, merged, op));
    return new Reduce(over, states, next, combine, lets, outputs);
  }
}
