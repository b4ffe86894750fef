package dev.nncc.tensor.ir;

import dev.nncc.graph.DType;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A typed scalar expression without side effects. Indices are i64. There are no implicit
 * conversions: both operands of a {@link Bin} have one type. Inside a vector loop the emitter
 * widens whatever mentions its variable.
 */
public sealed interface Expr {
  DType type();

  <R> R accept(Visitor<R> v);

  /** The same node over mapped children; this very object when no child changed. */
  default Expr mapChildren(UnaryOperator<Expr> f) {
    return this;
  }

  /** Bottom-up rewriting; {@code f} returns its argument where nothing matches. */
  default Expr rewrite(UnaryOperator<Expr> f) {
    return f.apply(mapChildren(e -> e.rewrite(f)));
  }

  /**
   * One method a node, so that an exhaustive traversal does not compile until it handles a new
   * node.
   */
  interface Visitor<R> {
    R onConst(Const e);

    R onVar(Var e);

    R onLoad(Load e);

    R onBin(Bin e);

    R onSelect(Select e);

    R onCast(Cast e);

    R onCall(Call e);
  }

  /**
   * A number: Long for integers and bool (0, 1), Double for floats (already rounded to the type).
   */
  record Const(DType type, Number value) implements Expr {
    public Const {
      if (type.isFloat() != (value instanceof Double)) {
        throw new IllegalArgumentException(type + " constant held as " + value.getClass());
      }
    }

    public long integer() {
      return value.longValue();
    }

    public double number() {
      return value.doubleValue();
    }

    @Override
    public Expr rewrite(UnaryOperator<Expr> f) {
      return f.apply(this);
    }

    @Override
    public <R> R accept(Visitor<R> v) {
      return v.onConst(this);
    }
  }

  /**
   * A loop variable (i64), a let-bound scalar, a kernel dimension parameter (i64), or a state of
   * the enclosing Reduce.
   */
  record Var(String name, DType type) implements Expr {
    @Override
    public Expr rewrite(UnaryOperator<Expr> f) {
      return f.apply(this);
    }

    @Override
    public <R> R accept(Visitor<R> v) {
      return v.onVar(this);
    }
  }

  /**
   * One element. Outside {@code -lo .. shape+hi-1} in any dimension: an error in the interpreter,
   * undefined in compiled code.
   */
  record Load(Buffer buffer, List<Expr> index) implements Expr {
    public Load {
      index = List.copyOf(index);
    }

    @Override
    public DType type() {
      return buffer.type();
    }

    @Override
    public Expr mapChildren(UnaryOperator<Expr> f) {
      List<Expr> i = Exprs.map(index, f);
      return i == index ? this : new Load(buffer, i);
    }

    @Override
    public <R> R accept(Visitor<R> v) {
      return v.onLoad(this);
    }
  }

  enum BinOp {
    ADD("+"),
    SUB("-"),
    MUL("*"),
    /** Floats: IEEE. Integers: truncates; x / 0 is 0, the lowest value by -1 wraps. */
    DIV("/"),
    /** C remainder, sign of the dividend; by zero gives 0. */
    REM("rem"),
    /** Floored division of integers by a positive constant: the one for indices. */
    FLOORDIV("//"),
    /** Floored remainder: sign of the divisor; by zero gives 0. */
    MOD("%"),
    /** NaN in either operand gives NaN. */
    MIN("min"),
    MAX("max"),
    POW("pow"),
    LT("<"),
    LE("<="),
    EQ("=="),
    /** Bool, or bitwise on integers. */
    AND("&"),
    OR("|"),
    XOR("^"),
    SHL("<<"),
    /** Arithmetic for signed types. */
    SHR(">>"),
    /**
     * Two u32 that each hold a pair of bf16: the sum of the products of both places, f32. Denormal
     * operands and sums may count as zero.
     */
    DOT_BF16("dot_bf16"),
    /**
     * Two f32, rounded to bf16 (ties to even), as one u32; the first is the lower half. Denormals
     * may become zero.
     */
    PAIR_BF16("pair_bf16");

    private final String text;

    BinOp(String text) {
      this.text = text;
    }

    public String text() {
      return text;
    }

    public boolean isComparison() {
      return this == LT || this == LE || this == EQ;
    }
  }

  /** Float {@code a*b + c} may contract to a fused multiply-add; nothing else is reassociated. */
  record Bin(BinOp op, Expr a, Expr b) implements Expr {
    public Bin {
      if (a.type() != b.type()
          || op == BinOp.DOT_BF16 && a.type() != DType.U32
          || op == BinOp.PAIR_BF16 && a.type() != DType.F32) {
        throw new IllegalArgumentException(op + " of " + a.type() + " and " + b.type());
      }
    }

    @Override
    public DType type() {
      if (op == BinOp.DOT_BF16) {
        return DType.F32;
      }
      if (op == BinOp.PAIR_BF16) {
        return DType.U32;
      }
      return op.isComparison() ? DType.BOOL : a.type();
    }

    @Override
    public Expr mapChildren(UnaryOperator<Expr> f) {
      Expr x = f.apply(a);
      Expr y = f.apply(b);
      return x == a && y == b ? this : new Bin(op, x, y);
    }

    @Override
    public <R> R accept(Visitor<R> v) {
      return v.onBin(this);
    }
  }

  /**
   * Both sides may be evaluated, so loads on either side must be within their buffers whatever the
   * condition: clamp the index.
   */
  record Select(Expr condition, Expr yes, Expr no) implements Expr {
    public Select {
      if (condition.type() != DType.BOOL || yes.type() != no.type()) {
        throw new IllegalArgumentException("select of " + yes.type() + " and " + no.type());
      }
    }

    @Override
    public DType type() {
      return yes.type();
    }

    @Override
    public Expr mapChildren(UnaryOperator<Expr> f) {
      Expr c = f.apply(condition);
      Expr x = f.apply(yes);
      Expr y = f.apply(no);
      return c == condition && x == yes && y == no ? this : new Select(c, x, y);
    }

    @Override
    public <R> R accept(Visitor<R> v) {
      return v.onSelect(this);
    }
  }

  /**
   * Float to integer truncates and saturates, NaN gives 0; integers wrap; to bool is "not zero"; to
   * a float rounds to nearest even.
   */
  record Cast(DType type, Expr e) implements Expr {
    @Override
    public Expr mapChildren(UnaryOperator<Expr> f) {
      Expr x = f.apply(e);
      return x == e ? this : new Cast(type, x);
    }

    @Override
    public <R> R accept(Visitor<R> v) {
      return v.onCast(this);
    }
  }

  /**
   * Elementary functions of one operand; result type is the operand's but for IS_NAN and IS_INF
   * (bool).
   */
  enum Fn {
    NEG,
    ABS,
    SQRT,
    EXP,
    LOG,
    SIN,
    COS,
    TAN,
    ASIN,
    ACOS,
    ATAN,
    SINH,
    COSH,
    TANH,
    ASINH,
    ACOSH,
    ATANH,
    SIGMOID,
    ERF,
    FLOOR,
    CEIL,
    /** Nearest, halves to even. */
    ROUND,
    IS_NAN,
    IS_INF,
    /** Bool, or bitwise. */
    NOT
  }

  record Call(Fn fn, Expr a) implements Expr {
    @Override
    public DType type() {
      return fn == Fn.IS_NAN || fn == Fn.IS_INF ? DType.BOOL : a.type();
    }

    @Override
    public Expr mapChildren(UnaryOperator<Expr> f) {
      Expr x = f.apply(a);
      return x == a ? this : new Call(fn, x);
    }

    @Override
    public <R> R accept(Visitor<R> v) {
      return v.onCall(this);
    }
  }
}
