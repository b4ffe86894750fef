package dev.nncc.codegen.llvm.emit;

import dev.nncc.graph.DType;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Expr.Call;
import dev.nncc.tensor.ir.Expr.Cast;
import dev.nncc.tensor.ir.Expr.Fn;
import dev.nncc.tensor.ir.Expr.Load;
import dev.nncc.tensor.ir.Expr.Select;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Space;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Expressions over loop variables and new input buffers; every load is within its buffer. */
final class RandomExprs {
  static final List<DType> TYPES = List.of(DType.values());

  private static final List<BinOp> INTEGERS =
      List.of(
          BinOp.ADD,
          BinOp.SUB,
          BinOp.MUL,
          BinOp.DIV,
          BinOp.REM,
          BinOp.MOD,
          BinOp.FLOORDIV,
          BinOp.MIN,
          BinOp.MAX,
          BinOp.AND,
          BinOp.OR,
          BinOp.XOR,
          BinOp.SHL,
          BinOp.SHR);
  private static final List<BinOp> FLOATS =
      List.of(BinOp.ADD, BinOp.SUB, BinOp.MUL, BinOp.MIN, BinOp.MAX);
  private static final List<BinOp> BOOLS = List.of(BinOp.AND, BinOp.OR, BinOp.XOR);

  private final Random r;
  private final List<Buffer> inputs;
  private final List<String> vars = new ArrayList<>();
  private final List<Long> extents = new ArrayList<>();

  RandomExprs(Random r, List<Buffer> inputs) {
    this.r = r;
    this.inputs = inputs;
  }

  /** The loops around the expressions that follow. */
  void variables(List<String> outer, List<String> inner, List<Long> n) {
    vars.clear();
    vars.addAll(outer);
    vars.addAll(inner);
    extents.clear();
    extents.addAll(n);
  }

  private <T> T pick(List<T> from) {
    return from.get(r.nextInt(from.size()));
  }

  Expr of(DType t, int depth) {
    if (depth == 0) {
      return r.nextInt(4) == 0 ? Exprs.number(t, r.nextInt(3)) : load(t);
    }
    switch (r.nextInt(10)) {
      case 0:
        return new Select(of(DType.BOOL, depth - 1), of(t, depth - 1), of(t, depth - 1));
      case 1:
        DType from = pick(TYPES);
        return from == t ? of(t, depth - 1) : new Cast(t, of(from, depth - 1));
      case 2:
        return new Call(fn(t), of(t, depth - 1));
      default:
        return binary(t, depth);
    }
  }

  private Fn fn(DType t) {
    return t == DType.BOOL
        ? Fn.NOT
        : t.isFloat() ? pick(List.of(Fn.NEG, Fn.ABS, Fn.FLOOR)) : pick(List.of(Fn.NEG, Fn.ABS));
  }

  private Expr binary(DType t, int depth) {
    if (t == DType.BOOL && r.nextBoolean()) {
      DType of = pick(TYPES);
      BinOp op = pick(List.of(BinOp.LT, BinOp.LE, BinOp.EQ));
      return of == DType.I64 && r.nextBoolean()
          ? RandomKernels.bin(op, index(), index())
          : RandomKernels.bin(op, of(of, depth - 1), of(of, depth - 1));
    }
    BinOp op = pick(t.isFloat() ? FLOATS : t == DType.BOOL ? BOOLS : INTEGERS);
    if (op == BinOp.FLOORDIV) {
      return RandomKernels.bin(op, of(t, depth - 1), Exprs.number(t, 1 + r.nextInt(5)));
    }
    return RandomKernels.bin(op, of(t, depth - 1), of(t, depth - 1));
  }

  /** A loop variable, or arithmetic on some. */
  private Expr index() {
    int i = r.nextInt(vars.size());
    Expr v = Exprs.var(vars.get(i));
    return switch (r.nextInt(8)) {
      case 0 -> Exprs.add(v, Exprs.mul(Exprs.var(pick(vars)), Exprs.index(1 + r.nextInt(3))));
      case 1 -> Exprs.floorDiv(v, 1 + r.nextInt(4));
      case 2 -> Exprs.mod(v, 1 + r.nextInt(4));
      case 3 -> Exprs.sub(Exprs.index(extents.get(i) - 1), v);
      case 4 -> Exprs.index(r.nextInt(3));
      default -> v;
    };
  }

  /** From a new input, or one of the type that exists. */
  private Expr load(DType t) {
    if (t == DType.I64 && r.nextInt(3) == 0) {
      return index();
    }
    int rank = 1 + r.nextInt(2);
    List<Long> shape = new ArrayList<>();
    List<Long> lo = new ArrayList<>();
    List<Long> hi = new ArrayList<>();
    List<Expr> index = new ArrayList<>();
    for (int d = 0; d < rank; d++) {
      long halo = r.nextInt(3) == 0 ? 1 : 0;
      int i = r.nextInt(vars.size());
      long n = extents.get(i);
      Expr at = Exprs.add(Exprs.var(vars.get(i)), Exprs.index(halo == 0 ? 0 : r.nextInt(3) - 1));
      if (r.nextInt(4) == 0) {
        at = Exprs.mod(index(), n);
      } else if (r.nextInt(5) == 0) {
        at = Exprs.mod(RandomKernels.cast(DType.I64, load(pick(TYPES))), n);
      } else if (r.nextInt(5) == 0) {
        at = Exprs.min(Exprs.max(index(), Exprs.index(0)), Exprs.index(n - 1));
      }
      shape.add(n);
      lo.add(halo);
      hi.add(halo);
      index.add(at);
    }
    Buffer b = Buffer.padded("in" + inputs.size(), t, Space.GLOBAL, shape, lo, hi, 0);
    inputs.add(b);
    return new Load(b, index);
  }
}
