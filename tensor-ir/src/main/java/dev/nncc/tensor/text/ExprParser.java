package dev.nncc.tensor.text;

import dev.nncc.graph.DType;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.Bin;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Exprs;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The expressions of {@link Parser}, and the names in scope. */
final class ExprParser {
  /** From weakest to strongest. */
  private static final List<List<BinOp>> LEVELS =
      List.of(
          List.of(BinOp.OR),
          List.of(BinOp.XOR),
          List.of(BinOp.AND),
          List.of(BinOp.LT, BinOp.LE, BinOp.EQ),
          List.of(BinOp.SHL, BinOp.SHR),
          List.of(BinOp.ADD, BinOp.SUB),
          List.of(BinOp.MUL, BinOp.DIV, BinOp.FLOORDIV, BinOp.MOD));

  private final Lexer in;
  private final Map<String, Buffer> buffers = new LinkedHashMap<>();
  private final Map<String, DType> variables = new LinkedHashMap<>();

  ExprParser(Lexer in) {
    this.in = in;
  }

  void declare(Buffer b) {
    buffers.put(b.name(), b);
  }

  void declare(String variable, DType type) {
    variables.put(variable, type);
  }

  Buffer buffer() {
    Buffer b = buffers.get(in.peek());
    if (b == null) {
      throw in.error("no such buffer");
    }
    in.next();
    return b;
  }

  List<Expr> index() {
    List<Expr> l = new ArrayList<>();
    in.expect("[");
    if (in.accept("]")) {
      return l;
    }
    do {
      l.add(expr());
    } while (in.accept(","));
    in.expect("]");
    return l;
  }

  long integer() {
    return number(DType.I64).longValue();
  }

  /** A number with its sign, as the type holds it. */
  Number number(DType type) {
    boolean negative = in.accept("-");
    String t = in.next();
    if (!type.isFloat()) {
      return Long.parseLong(negative ? "-" + t : t);
    }
    double v =
        switch (t) {
          case "inf" -> Double.POSITIVE_INFINITY;
          case "nan" -> Double.NaN;
          default -> type == DType.F64 ? Double.parseDouble(t) : (double) Float.parseFloat(t);
        };
    return negative ? -v : v;
  }

  Expr expr() {
    return binary(0);
  }

  private Expr binary(int level) {
    if (level == LEVELS.size()) {
      return unary();
    }
    Expr a = binary(level + 1);
    while (true) {
      Optional<BinOp> op = LEVELS.get(level).stream().filter(o -> in.accept(o.text())).findFirst();
      if (op.isEmpty()) {
        return a;
      }
      a = new Bin(op.get(), a, binary(level + 1));
    }
  }

  private Expr unary() {
    String t = in.peek();
    if (t.equals("-") || Character.isDigit(t.charAt(0)) || isWord(t)) {
      return constant();
    }
    if (in.accept("(")) {
      Expr e = expr();
      in.expect(")");
      return e;
    }
    if (buffers.containsKey(t) && in.peek(1).equals("[")) {
      return new Expr.Load(buffer(), index());
    }
    DType known = variables.get(t);
    if (known != null && !in.peek(1).equals("(")) {
      in.next();
      return new Expr.Var(t, known);
    }
    return call();
  }

  private boolean isWord(String t) {
    return (t.equals("inf") || t.equals("nan")) && !variables.containsKey(t);
  }

  private Expr constant() {
    boolean negative = in.peek().equals("-");
    String digits = in.peek(negative ? 1 : 0);
    String suffix = in.peek(negative ? 2 : 1);
    boolean integer = digits.chars().allMatch(Character::isDigit);
    DType type = integer ? DType.I64 : DType.F32;
    if (suffix.equals(":")) {
      String name = in.peek(negative ? 3 : 2);
      type = DType.parse(name).orElseThrow(() -> in.error("not a dtype"));
    }
    Number n = number(type);
    if (in.accept(":")) {
      in.next();
    }
    return new Expr.Const(type, n);
  }

  private Expr call() {
    String name = in.next();
    List<Expr> args = new ArrayList<>();
    in.expect("(");
    do {
      args.add(expr());
    } while (in.accept(","));
    in.expect(")");
    Optional<DType> cast = DType.parse(name);
    if (cast.isPresent()) {
      return new Expr.Cast(cast.get(), args.get(0));
    }
    return switch (name) {
      case "min" -> Exprs.min(args.get(0), args.get(1));
      case "max" -> Exprs.max(args.get(0), args.get(1));
      case "pow" -> new Bin(BinOp.POW, args.get(0), args.get(1));
      case "dot_bf16" -> new Bin(BinOp.DOT_BF16, args.get(0), args.get(1));
      case "pair_bf16" -> new Bin(BinOp.PAIR_BF16, args.get(0), args.get(1));
      case "rem" -> new Bin(BinOp.REM, args.get(0), args.get(1));
      case "select" -> new Expr.Select(args.get(0), args.get(1), args.get(2));
      default -> function(name, args.get(0));
    };
  }

  private Expr function(String name, Expr a) {
    for (Expr.Fn f : Expr.Fn.values()) {
      if (f.name().toLowerCase(Locale.ROOT).equals(name)) {
        return new Expr.Call(f, a);
      }
    }
    throw in.error("no function or variable " + name);
  }
}
