package dev.nncc.codegen.llvm.emit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.codegen.llvm.toolchain.LlvmTarget;
import dev.nncc.graph.DType;
import dev.nncc.tensor.interp.Interpreter;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.Bin;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Expr.Call;
import dev.nncc.tensor.ir.Expr.Cast;
import dev.nncc.tensor.ir.Expr.Fn;
import dev.nncc.tensor.ir.Expr.Load;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every operator and cast of every type at its edges, against the interpreter, bit for bit. */
class OperatorsTest {
  private static final Set<BinOp> OF_FLOATS =
      EnumSet.of(
          BinOp.ADD, BinOp.SUB, BinOp.MUL, BinOp.DIV, BinOp.REM, BinOp.MOD, BinOp.MIN, BinOp.MAX,
          BinOp.LT, BinOp.LE, BinOp.EQ);
  private static final Set<BinOp> OF_BOOLS =
      EnumSet.of(BinOp.AND, BinOp.OR, BinOp.XOR, BinOp.EQ, BinOp.LT, BinOp.MIN, BinOp.MAX);
  private static final Set<BinOp> OF_PAIRS = EnumSet.of(BinOp.DOT_BF16, BinOp.PAIR_BF16);
  private static final Set<Fn> EXACT =
      EnumSet.of(Fn.NEG, Fn.ABS, Fn.SQRT, Fn.FLOOR, Fn.CEIL, Fn.ROUND, Fn.IS_NAN, Fn.IS_INF);

  private record Case(Kernel kernel, List<ByteBuffer> args) {}

  @TestFactory
  List<DynamicTest> operators() {
    List<DynamicTest> tests = new ArrayList<>();
    for (LlvmTarget target : Compiled.targets()) {
      for (DType t : DType.values()) {
        tests.add(
            DynamicTest.dynamicTest(
                t.text() + " on " + target.cpu(), () -> check(cases(t), target)));
      }
    }
    return tests;
  }

  private static List<Case> cases(DType t) {
    List<Case> all = new ArrayList<>();
    for (BinOp op : BinOp.values()) {
      boolean has =
          t.isFloat()
              ? OF_FLOATS.contains(op)
              : t == DType.BOOL
                  ? OF_BOOLS.contains(op)
                  // The interpreter takes exponents of 2^63 and above as negative.
                  : !OF_PAIRS.contains(op) && (t != DType.U64 || op != BinOp.POW);
      if (has) {
        all.add(binary(op, t));
      }
    }
    for (Fn fn : EXACT) {
      if (t.isFloat() || t != DType.BOOL && (fn == Fn.NEG || fn == Fn.ABS)) {
        all.add(unary(fn.name(), t, x -> new Call(fn, x)));
      }
    }
    if (!t.isFloat()) {
      all.add(unary("NOT", t, x -> new Call(Fn.NOT, x)));
    }
    for (DType to : DType.values()) {
      all.add(unary("to " + to.text(), t, x -> new Cast(to, x)));
    }
    return all;
  }

  private static Case binary(BinOp op, DType t) {
    int k = Edges.of(t).size();
    int n = (k * k + 31) / 32 * 32;
    DType result = op.isComparison() ? DType.BOOL : t;
    Buffer x = Buffer.of("X", t, Space.GLOBAL, List.of((long) n));
    Buffer y = Buffer.of("Y", t, Space.GLOBAL, List.of((long) n));
    Buffer z = Buffer.of("Z", result, Space.GLOBAL, List.of((long) n));
    Buffer u = Buffer.of("U", result, Space.GLOBAL, List.of((long) n));
    Kernel kernel =
        Kernel.of(
            op.name(),
            List.of(x, y, z, u),
            Stmt.Block.of(
                List.of(
                    vector(n, i -> new Stmt.Store(z, i, new Bin(op, load(x, i), load(y, i)))),
                    scalar(n, i -> new Stmt.Store(u, i, new Bin(op, load(x, i), load(y, i)))))));
    return new Case(
        kernel,
        List.of(
            Edges.pairs(t, n, true), Edges.pairs(t, n, false), zero(result, n), zero(result, n)));
  }

  private static Case unary(String name, DType t, java.util.function.UnaryOperator<Expr> f) {
    int n = 1024;
    DType result = f.apply(Exprs.number(t, 0)).type();
    Buffer x = Buffer.of("X", t, Space.GLOBAL, List.of((long) n));
    Buffer z = Buffer.of("Z", result, Space.GLOBAL, List.of((long) n));
    Buffer u = Buffer.of("U", result, Space.GLOBAL, List.of((long) n));
    Kernel kernel =
        Kernel.of(
            name,
            List.of(x, z, u),
            Stmt.Block.of(
                List.of(
                    vector(n, i -> new Stmt.Store(z, i, f.apply(load(x, i)))),
                    scalar(n, i -> new Stmt.Store(u, i, f.apply(load(x, i)))))));
    return new Case(
        kernel, List.of(Edges.memory(t, n, new Random(3)), zero(result, n), zero(result, n)));
  }

  private static Expr load(Buffer b, List<Expr> index) {
    return new Load(b, index);
  }

  private static Stmt vector(int n, java.util.function.Function<List<Expr>, Stmt> body) {
    Expr i = Exprs.add(Exprs.mul(Exprs.var("o"), Exprs.index(16)), Exprs.var("v"));
    Stmt inner = new Stmt.For("v", Exprs.index(16), Stmt.Kind.VEC, body.apply(List.of(i)));
    return Stmt.For.of("o", n / 16, inner);
  }

  private static Stmt scalar(int n, java.util.function.Function<List<Expr>, Stmt> body) {
    return Stmt.For.of("i", n, body.apply(List.of(Exprs.var("i"))));
  }

  private static ByteBuffer zero(DType t, int n) {
    return ByteBuffer.allocate(n * t.bytes()).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void check(List<Case> cases, LlvmTarget target) {
    Compiled code = Compiled.of(cases.stream().map(Case::kernel).toList(), target);
    List<String> wrong = new ArrayList<>();
    for (int c = 0; c < cases.size(); c++) {
      Kernel k = cases.get(c).kernel;
      List<ByteBuffer> expected = copies(cases.get(c).args);
      List<ByteBuffer> actual = copies(cases.get(c).args);
      Interpreter.run(k, expected);
      code.run(c, actual, List.of(), 0, 1);
      for (int r = k.args().size() - 2; r < k.args().size(); r++) {
        compare(k, r, expected, actual, wrong);
      }
    }
    assertThat(wrong).isEmpty();
  }

  private static void compare(
      Kernel k, int r, List<ByteBuffer> expected, List<ByteBuffer> actual, List<String> wrong) {
    DType t = k.args().get(r).type();
    int reported = 0;
    int n = expected.get(r).capacity() / t.bytes();
    for (int i = 0; i < n && reported < 5; i++) {
      double e = Agreement.get(t, expected.get(r), i);
      double a = Agreement.get(t, actual.get(r), i);
      boolean same =
          t.isFloat()
              ? e == a || Double.isNaN(e) && Double.isNaN(a)
              : t.bytes() == 8
                  ? expected.get(r).getLong(8 * i) == actual.get(r).getLong(8 * i)
                  : e == a;
      if (!same) {
        StringBuilder s = new StringBuilder(k.name() + (r == k.args().size() - 2 ? " vector" : ""));
        for (int x = 0; x < k.args().size() - 2; x++) {
          s.append(' ').append(Agreement.get(k.args().get(x).type(), expected.get(x), i));
        }
        wrong.add(s + " should be " + e + ", is " + a);
        reported++;
      }
    }
  }

  private static List<ByteBuffer> copies(List<ByteBuffer> from) {
    List<ByteBuffer> all = new ArrayList<>();
    for (ByteBuffer b : from) {
      ByteBuffer c = ByteBuffer.allocate(b.capacity()).order(ByteOrder.LITTLE_ENDIAN);
      c.put(0, b, 0, b.capacity());
      all.add(c);
    }
    return all;
  }
}
