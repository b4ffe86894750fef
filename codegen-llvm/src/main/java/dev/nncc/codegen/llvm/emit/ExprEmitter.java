package dev.nncc.codegen.llvm.emit;

import dev.nncc.codegen.llvm.emit.Code.Scope;
import dev.nncc.graph.DType;
import dev.nncc.tensor.index.Affine;
import dev.nncc.tensor.index.Simplifier;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.Bin;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Expr.Call;
import dev.nncc.tensor.ir.Expr.Cast;
import dev.nncc.tensor.ir.Expr.Const;
import dev.nncc.tensor.ir.Expr.Load;
import dev.nncc.tensor.ir.Expr.Select;
import dev.nncc.tensor.ir.Expr.Var;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Space;
import java.util.Optional;
import java.util.Set;

/** Expressions: what mentions the vector variable gets its lanes, the rest stays scalar. */
final class ExprEmitter implements Expr.Visitor<Val> {
  private final Code code;
  private final Env env;
  private final Target target;
  private final Arith arith;
  private final Casts casts;
  private final Functions functions;
  private final Integers integers;
  private final Addresses addresses;
  private final Memory memory;
  private final Registers registers;
  private final Intervals intervals;
  private final Pairs pairs;

  ExprEmitter(Code code, Env env, Target target, Set<String> unaligned) {
    this.code = code;
    this.env = env;
    this.target = target;
    Halves halves = new Halves(code, target);
    arith = new Arith(code);
    casts = new Casts(code, halves, arith, target);
    functions = new Functions(code, arith, target);
    integers = new Integers(code);
    addresses = new Addresses(code, env, unaligned, this::eval);
    memory = new Memory(code, env, addresses, halves);
    registers = new Registers(code, env);
    intervals = new Intervals(env.lets);
    pairs = new Pairs(code, arith, halves, target);
  }

  Addresses addresses() {
    return addresses;
  }

  Memory memory() {
    return memory;
  }

  Registers registers() {
    return registers;
  }

  Target target() {
    return target;
  }

  Arith arith() {
    return arith;
  }

  Val eval(Expr e) {
    return e.accept(this);
  }

  @Override
  public Val onConst(Const c) {
    return code.literal(c.type(), c.value());
  }

  @Override
  public Val onVar(Var v) {
    Long number = env.unrolled.get(v.name());
    if (number != null) {
      return code.literal(DType.I64, number);
    }
    if (v.name().equals(env.vecVar)) {
      return new Val(Spelling.iota("i64", env.lanes), DType.I64, env.lanes);
    }
    Val known = env.values.get(v.name());
    if (known == null) {
      throw env.refuse("nothing defines " + v.name());
    }
    return env.lane >= 0 && known.lanes() > 1 ? code.extract(known, env.lane) : known;
  }

  @Override
  public Val onLoad(Load l) {
    if (l.buffer().space() == Space.REG) {
      return registers.load(l.buffer(), l.index());
    }
    Optional<Double> number = table(l);
    return number.isPresent()
        ? constant(l.type(), number.get())
        : memory.load(l.buffer(), l.index());
  }

  private Val constant(DType t, double v) {
    return eval(Exprs.number(t, v));
  }

  /** The number in a table, where the index is known. */
  private Optional<Double> table(Expr e) {
    if (!(e instanceof Load l) || l.buffer().space() != Space.CONST) {
      return Optional.empty();
    }
    Affine p = addresses.position(l.buffer(), l.index());
    return p.isConstant()
        ? Optional.of(l.buffer().values().get((int) p.constant()))
        : Optional.empty();
  }

  @Override
  public Val onBin(Bin b) {
    DType t = b.a().type();
    if (t == DType.I64) {
      return onIndex(b);
    }
    if (b.op() == BinOp.DOT_BF16) {
      return dot(b, code.literal(DType.F32, 0.0));
    }
    if (b.op() == BinOp.PAIR_BF16) {
      return pairs.pair(eval(b.a()), eval(b.b()), isStoredAsBf16(b.a()) && isStoredAsBf16(b.b()));
    }
    if (t.isFloat()) {
      return onFloats(b);
    }
    return arith.bin(b.op(), eval(b.a()), eval(b.b()));
  }

  private static boolean isStoredAsBf16(Expr e) {
    return e instanceof Cast c
        && c.e() instanceof Load l
        && l.type() == DType.BF16
        && Memory.isStored(l.buffer());
  }

  /** Comparisons and divisions that the loop bounds decide or simplify. */
  private Val onIndex(Bin b) {
    if (b.op().isComparison()) {
      return condition(b);
    }
    boolean floor = b.op() == BinOp.FLOORDIV || b.op() == BinOp.MOD;
    if (floor || b.op() == BinOp.DIV || b.op() == BinOp.REM) {
      Val x = eval(b.a());
      Val y = eval(b.b());
      Optional<Long> d = Arith.constant(y);
      if (d.isPresent() && d.get() > 0 && env.affine(b.a()).range(env.ranges()).lo() >= 0) {
        boolean quotient = b.op() == BinOp.FLOORDIV || b.op() == BinOp.DIV;
        BinOp op = quotient ? BinOp.FLOORDIV : BinOp.MOD;
        return integers.unsigned(op, x, code.splat(y, x.lanes()));
      }
      return arith.bin(b.op(), x, y);
    }
    return arith.bin(b.op(), eval(b.a()), eval(b.b()));
  }

  private Val onFloats(Bin b) {
    switch (b.op()) {
      case ADD:
        return b.a() instanceof Bin m && m.op() == BinOp.MUL
            ? fma(m, eval(b.b()), false)
            : b.b() instanceof Bin m && m.op() == BinOp.MUL ? fma(m, eval(b.a()), false) : sum(b);
      case SUB:
        return b.a() instanceof Bin m && m.op() == BinOp.MUL
            ? fma(m, arith.negated(eval(b.b())), false)
            : b.b() instanceof Bin m && m.op() == BinOp.MUL
                ? fma(m, eval(b.a()), true)
                : arith.bin(b.op(), eval(b.a()), eval(b.b()));
      case MUL:
        return product(b);
      case MIN, MAX:
        return intervals.isNumber(b.a()) || !intervals.isNumber(b.b())
            ? arith.minMax(b.op(), eval(b.a()), eval(b.b()), intervals.isNumber(b.a()))
            : arith.minMax(b.op(), eval(b.b()), eval(b.a()), true);
      default:
        return arith.bin(b.op(), eval(b.a()), eval(b.b()));
    }
  }

  private Val sum(Bin b) {
    if (table(b.a()).filter(x -> x == 0).isPresent()) {
      return eval(b.b());
    }
    return table(b.b()).filter(x -> x == 0).isPresent()
        ? eval(b.a())
        : arith.bin(b.op(), eval(b.a()), eval(b.b()));
  }

  /** Zeros and ones of tables (transformation matrices) leave no code. */
  private Val product(Bin m) {
    Optional<Double> number = table(m.a()).or(() -> table(m.b()));
    Expr other = table(m.a()).isPresent() ? m.b() : m.a();
    if (number.isPresent() && number.get() == 0) {
      return constant(m.type(), 0);
    }
    if (number.isPresent() && number.get() == 1) {
      return eval(other);
    }
    if (number.isPresent() && number.get() == -1) {
      return arith.negated(eval(other));
    }
    return arith.bin(BinOp.MUL, eval(m.a()), eval(m.b()));
  }

  /** {@code c + m}, or {@code c - m}, for a product m. */
  Val fma(Bin m, Val c, boolean minus) {
    Optional<Double> number = table(m.a()).or(() -> table(m.b()));
    if (number.isPresent() && (number.get() == 0 || Math.abs(number.get()) == 1)) {
      Expr other = table(m.a()).isPresent() ? m.b() : m.a();
      return number.get() == 0
          ? c
          : arith.bin(number.get() == 1 != minus ? BinOp.ADD : BinOp.SUB, c, eval(other));
    }
    Val a = eval(m.a());
    Val b = eval(m.b());
    return arith.fma(minus ? arith.negated(a) : a, b, c);
  }

  /** {@code c} plus a dot product of pairs. */
  Val dot(Bin d, Val c) {
    return pairs.dot(eval(d.a()), eval(d.b()), c);
  }

  @Override
  public Val onSelect(Select s) {
    Val c = condition(s.condition());
    if (c.ssa().equals("true") || c.ssa().equals("false")) {
      return eval(c.ssa().equals("true") ? s.yes() : s.no());
    }
    return arith.select(c, eval(s.yes()), eval(s.no()));
  }

  /** A condition; decided by the loop bounds where they can. */
  Val condition(Expr e) {
    Expr s = Simplifier.simplify(env.resolve(e), env.ranges());
    if (s instanceof Bin b && b.op().isComparison() && Env.isIndex(b.a())) {
      return mask(b).orElseGet(() -> arith.bin(b.op(), eval(b.a()), eval(b.b())));
    }
    if (s instanceof Bin b && b.type() == DType.BOOL && b.op() == BinOp.AND) {
      return arith.bin(b.op(), condition(b.a()), condition(b.b()));
    }
    return eval(s);
  }

  /**
   * {@code base + lane < n} as {@code lane < n - base} on lanes of 32 bits or less, placed at the
   * loop that defines the base.
   */
  private Optional<Val> mask(Bin b) {
    if (b.op() != BinOp.LT || env.vecVar.isEmpty()) {
      return Optional.empty();
    }
    Affine d = env.affine(b.b()).minus(env.affine(b.a()));
    Affine rest = d.without(env.vecVar);
    Expr n = rest.expr();
    if (d.coefficient(env.vecVar) != -1 || env.varies(n) || !env.isHoistable(n)) {
      return Optional.empty();
    }
    Scope home = env.home(n, code.root());
    String key = rest + " x " + env.lanes;
    Val known = home.masks.get(key);
    if (known == null) {
      known = code.hoisted(home, () -> lanesBelow(eval(n)));
      home.masks.put(key, known);
    }
    return Optional.of(known);
  }

  private Val lanesBelow(Val n) {
    int lanes = env.lanes;
    int natural = Math.max(8, Math.min(32, target.vectorBits() / lanes));
    DType t = natural >= 32 ? DType.I32 : natural >= 16 || lanes > 127 ? DType.I16 : DType.I8;
    Val bounded =
        arith.bin(
            BinOp.MAX,
            arith.bin(BinOp.MIN, n, code.literal(DType.I64, (long) lanes)),
            code.literal(DType.I64, 0L));
    Val limit = code.splat(casts.cast(bounded, t, false), lanes);
    String iota = Spelling.iota(Spelling.value(t), lanes);
    return code.op(
        DType.BOOL,
        lanes,
        "icmp slt " + Spelling.vector(Spelling.value(t), lanes) + " " + iota + ", " + limit.ssa());
  }

  @Override
  public Val onCast(Cast c) {
    return casts.cast(eval(c.e()), c.type(), intervals.fits(c.e(), c.type()));
  }

  @Override
  public Val onCall(Call c) {
    return functions.call(c.fn(), eval(c.a()));
  }
}
