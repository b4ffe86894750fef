package dev.nncc.codegen.llvm.emit;

import static org.assertj.core.api.Assertions.fail;

import dev.nncc.codegen.llvm.toolchain.LlvmTarget;
import dev.nncc.graph.DType;
import dev.nncc.tensor.interp.Arithmetic;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.Call;
import dev.nncc.tensor.ir.Expr.Fn;
import dev.nncc.tensor.ir.Expr.Load;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** Elementary functions over all of f32, in steps, against double arithmetic. */
class FunctionsTest {
  /** Odd, so that all fractions occur. */
  private static final long STEP = 8191;

  private static final int N = (int) ((1L << 32) / STEP / 16 * 16);

  /** Floats at a time, where all are looked at. */
  private static final int ALL = 1 << 20;

  /** Those that are vector code of our own. */
  private static final List<Fn> OURS = List.of(Fn.EXP, Fn.LOG, Fn.SIGMOID, Fn.TANH, Fn.ERF);

  /** Units in the last place of f32; denormal results are measured in the smallest denormal. */
  private static final Map<Fn, Double> BOUNDS = bounds();

  private static Map<Fn, Double> bounds() {
    Map<Fn, Double> m = new LinkedHashMap<>();
    m.put(Fn.EXP, 1.1);
    m.put(Fn.LOG, 1.0);
    m.put(Fn.SIGMOID, 2.5);
    m.put(Fn.TANH, 2.7);
    m.put(Fn.ERF, 2.0);
    for (Fn fn :
        List.of(
            Fn.SIN, Fn.COS, Fn.TAN, Fn.ASIN, Fn.ACOS, Fn.ATAN, Fn.SINH, Fn.COSH, Fn.ASINH, Fn.ACOSH,
            Fn.ATANH)) {
      m.put(fn, 4.0);
    }
    return m;
  }

  @TestFactory
  List<DynamicTest> functions() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Fn fn : BOUNDS.keySet()) {
      tests.add(DynamicTest.dynamicTest(fn.name(), () -> check(fn)));
    }
    return tests;
  }

  /** Every float, at the width of each target. */
  @Tag("full")
  @TestFactory
  List<DynamicTest> allFloats() {
    return OURS.stream().map(fn -> DynamicTest.dynamicTest(fn.name(), () -> checkAll(fn))).toList();
  }

  private static void checkAll(Fn fn) {
    List<LlvmTarget> targets = Compiled.targets();
    List<Compiled> code =
        targets.stream()
            .map(
                t ->
                    Compiled.of(
                        List.of(kernel(fn, DType.F32, ALL, Target.of(t).vectorBits() / 32)), t))
            .toList();
    LongStream.range(0, (1L << 32) / ALL)
        .parallel()
        .forEach(
            chunk -> {
              ByteBuffer x = ByteBuffer.allocate(4 * ALL).order(ByteOrder.LITTLE_ENDIAN);
              double[] exact = new double[ALL];
              for (int i = 0; i < ALL; i++) {
                x.putInt(4 * i, (int) (chunk * ALL + i));
                exact[i] = reference(fn, x.getFloat(4 * i));
              }
              for (int k = 0; k < code.size(); k++) {
                ByteBuffer y = ByteBuffer.allocate(4 * ALL).order(ByteOrder.LITTLE_ENDIAN);
                code.get(k).run(0, List.of(x, y), List.of(), 0, 1);
                compare(fn, targets.get(k), x, y, exact, "");
              }
            });
  }

  private static void check(Fn fn) {
    ByteBuffer x = ByteBuffer.allocate(4 * N).order(ByteOrder.LITTLE_ENDIAN);
    double[] exact = new double[N];
    List<Long> edges = Edges.of(DType.F32);
    for (int i = 0; i < N; i++) {
      x.putInt(4 * i, i < edges.size() ? (int) (long) edges.get(i) : (int) (i * STEP));
      exact[i] = reference(fn, x.getFloat(4 * i));
    }
    boolean ours = OURS.contains(fn);
    List<LlvmTarget> targets = Compiled.targets();
    for (LlvmTarget target : ours ? targets : targets.subList(0, 1)) {
      List<Kernel> kernels = Stream.of(1, 4, 8, 16).map(n -> kernel(fn, n)).toList();
      Compiled code = Compiled.of(kernels, target);
      for (int k = 0; k < kernels.size(); k++) {
        ByteBuffer y = ByteBuffer.allocate(4 * N).order(ByteOrder.LITTLE_ENDIAN);
        code.run(k, List.of(x, y), List.of(), 0, 1);
        compare(fn, target, x, y, exact, ", kernel " + k);
      }
    }
  }

  private static void compare(
      Fn fn, LlvmTarget target, ByteBuffer x, ByteBuffer y, double[] exact, String where) {
    // Products that are rounded before they are added.
    double bound = BOUNDS.get(fn) + (Target.of(target).hasFma() ? 0 : 0.9);
    for (int i = 0; i < exact.length; i++) {
      double e = error(exact[i], y.getFloat(4 * i));
      if (!(e <= bound)) {
        fail(
            "%s(%s) on %s: should be %s, is %s",
            fn, x.getFloat(4 * i), target.cpu() + where, exact[i], y.getFloat(4 * i));
      }
    }
  }

  private static double reference(Fn fn, double x) {
    if (fn == Fn.ACOSH && x < 1 || (fn == Fn.ATANH) && Math.abs(x) > 1) {
      return Double.NaN;
    }
    if (fn == Fn.ACOSH && x > 1e10) {
      return Math.log(x) + Math.log(2);
    }
    if (fn == Fn.ACOSH) {
      return Math.log1p(x - 1 + Math.sqrt(2 * (x - 1) + (x - 1) * (x - 1)));
    }
    if (fn == Fn.ASINH && (Double.isInfinite(x) || x == 0)) {
      return x;
    }
    return Arithmetic.call(fn, DType.F64, x);
  }

  /** In units in the last place of the exact value as f32; a wrong special value is infinite. */
  private static double error(double exact, float actual) {
    float rounded = (float) exact;
    if (Double.isNaN(exact) || Float.isInfinite(rounded)) {
      boolean overflow = !Double.isInfinite(exact) && Math.abs(actual) == Float.MAX_VALUE;
      return overflow || Float.compare(rounded, actual) == 0 ? 0 : Double.POSITIVE_INFINITY;
    }
    if (Float.isNaN(actual) || exact == 0 && Float.compare(rounded, actual) != 0) {
      return Double.POSITIVE_INFINITY;
    }
    if (Float.isInfinite(actual)) {
      return Math.abs(rounded) == Float.MAX_VALUE ? 1 : Double.POSITIVE_INFINITY;
    }
    return Math.abs(actual - exact) / Math.ulp(rounded);
  }

  /** Other float types: f64 by the C library, 16 bits through f32. */
  @TestFactory
  List<DynamicTest> otherTypes() {
    List<DynamicTest> tests = new ArrayList<>();
    for (DType t : List.of(DType.F64, DType.F16, DType.BF16)) {
      tests.add(DynamicTest.dynamicTest(t.text(), () -> checkType(t)));
    }
    return tests;
  }

  private static void checkType(DType t) {
    int n = 4096;
    ByteBuffer x = Edges.memory(t, n, new Random(11));
    List<Fn> fns = List.copyOf(BOUNDS.keySet());
    for (LlvmTarget target : Compiled.targets()) {
      Compiled code = Compiled.of(fns.stream().map(fn -> kernel(fn, t, n, 8)).toList(), target);
      for (int k = 0; k < fns.size(); k++) {
        ByteBuffer y = ByteBuffer.allocate(n * t.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        code.run(k, List.of(x, y), List.of(), 0, 1);
        for (int i = 0; i < n; i++) {
          double in = Agreement.get(t, x, i);
          double exact = reference(fns.get(k), in);
          double got = Agreement.get(t, y, i);
          if (!near(t, exact, got)) {
            fail("%s(%s) on %s: should be %s, is %s", fns.get(k), in, target.cpu(), exact, got);
          }
        }
      }
    }
  }

  private static boolean near(DType t, double exact, double got) {
    double rounded = Arithmetic.round(t, exact);
    if (Double.isNaN(exact) || Double.isInfinite(rounded) || Double.isInfinite(got)) {
      boolean largest = Math.abs(exact) > 0.999 * (t == DType.F16 ? 65504 : Float.MAX_VALUE);
      return Double.compare(rounded, got) == 0
          || t != DType.F64 && largest && Double.isInfinite(got);
    }
    double relative = t == DType.F64 ? 1e-12 : t == DType.F16 ? 0x1.1p-11 : 0x1.1p-8;
    double absolute = t == DType.F64 ? 1e-300 : t == DType.F16 ? 0x1.1p-25 : 0x1p-133;
    return Math.abs(got - exact) <= relative * Math.abs(exact) + absolute;
  }

  private static Kernel kernel(Fn fn, int lanes) {
    return kernel(fn, DType.F32, N, lanes);
  }

  private static Kernel kernel(Fn fn, DType t, int n, int lanes) {
    Buffer x = Buffer.of("X", t, Space.GLOBAL, List.of((long) n));
    Buffer y = Buffer.of("Y", t, Space.GLOBAL, List.of((long) n));
    Expr i = Exprs.add(Exprs.mul(Exprs.var("o"), Exprs.index(lanes)), Exprs.var("v"));
    Stmt store = new Stmt.Store(y, List.of(i), new Call(fn, new Load(x, List.of(i))));
    Stmt inner = new Stmt.For("v", Exprs.index(lanes), Stmt.Kind.VEC, store);
    return Kernel.of(fn.name(), List.of(x, y), Stmt.For.of("o", n / lanes, inner));
  }
}
