package dev.nncc.codegen.llvm.emit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.codegen.llvm.toolchain.LlvmTarget;
import dev.nncc.graph.DType;
import dev.nncc.graph.Half;
import dev.nncc.tensor.interp.Interpreter;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Kernel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** Runs kernels compiled and interpreted on the same memory and compares every element. */
final class Agreement {
  private Agreement() {}

  /** How far results may be apart, relative to the larger of the value and 1. */
  record Tolerance(double f32, double f16) {
    static final Tolerance EXACT = new Tolerance(0, 0);

    /** Rounding of n operations, in another order or fused. */
    static Tolerance operations(int n) {
      return new Tolerance(n * 0x1p-23, n * 0x1p-10);
    }
  }

  static void check(Kernel k, Map<String, Long> dims, long par, Tolerance t) {
    for (LlvmTarget target : Compiled.targets()) {
      Compiled aligned = Compiled.of(List.of(k), target, false);
      check(k, aligned, 0, dims, par, t, target.cpu());
      Compiled unaligned = Compiled.of(List.of(k), target, true);
      check(k, unaligned, 0, dims, par, t, target.cpu() + ", any alignment");
    }
  }

  static void check(
      Kernel k,
      Compiled code,
      int number,
      Map<String, Long> dims,
      long par,
      Tolerance t,
      String what) {
    List<ByteBuffer> expected = inputs(k, new Random(7), t == Tolerance.EXACT);
    List<ByteBuffer> actual = inputs(k, new Random(7), t == Tolerance.EXACT);
    List<ByteBuffer> before = inputs(k, new Random(7), t == Tolerance.EXACT);
    Interpreter.run(k, expected, dims, 0, par);
    long half = par / 2;
    List<Long> sizes = k.dims().stream().map(dims::get).toList();
    if (par > 1) {
      code.run(number, actual, sizes, half, par);
      code.run(number, actual, sizes, 0, half);
    } else {
      code.run(number, actual, sizes, 0, 1);
    }
    for (int i = 0; i < expected.size(); i++) {
      Buffer b = k.args().get(i);
      compare(b, expected.get(i), actual.get(i), before.get(i), t, k.name() + " on " + what);
    }
  }

  private static void compare(
      Buffer b, ByteBuffer expected, ByteBuffer actual, ByteBuffer before, Tolerance t, String k) {
    int n = expected.capacity() / b.type().bytes();
    for (int i = 0; i < n; i++) {
      double e = get(b.type(), expected, i);
      double a = get(b.type(), actual, i);
      if (same(e, a) && (b.type().isFloat() || bits(b, expected, i) == bits(b, actual, i))) {
        continue;
      }
      double bound = b.type() == DType.F64 ? t.f32 : b.type() == DType.F32 ? t.f32 : t.f16;
      boolean near = b.type().isFloat() && Math.abs(e - a) <= bound * Math.max(1, Math.abs(e));
      assertThat(near)
          .as(
              "%s: %s[%d] was %s, expected %s, is %s",
              k, b.name(), i, get(b.type(), before, i), e, a)
          .isTrue();
    }
  }

  private static boolean same(double e, double a) {
    return e == a || Double.isNaN(e) && Double.isNaN(a);
  }

  private static long bits(Buffer b, ByteBuffer m, int i) {
    return b.type().bytes() == 8 ? m.getLong(8 * i) : 0;
  }

  static double get(DType t, ByteBuffer m, int i) {
    return switch (t) {
      case F64 -> m.getDouble(8 * i);
      case F32 -> m.getFloat(4 * i);
      case F16 -> Half.toFloat(m.getShort(2 * i));
      case BF16 -> Float.intBitsToFloat(m.getShort(2 * i) << 16);
      case I64, U64 -> m.getLong(8 * i);
      case I32 -> m.getInt(4 * i);
      case U32 -> m.getInt(4 * i) & 0xFFFFFFFFL;
      case I16 -> m.getShort(2 * i);
      case U16 -> m.getShort(2 * i) & 0xFFFF;
      case I8 -> m.get(i);
      case U8, BOOL -> m.get(i) & 0xFF;
    };
  }

  static void put(DType t, ByteBuffer m, int i, double v) {
    switch (t) {
      case F64 -> m.putDouble(8 * i, v);
      case F32 -> m.putFloat(4 * i, (float) v);
      case F16 -> m.putShort(2 * i, Half.fromDouble(v));
      case BF16 -> m.putShort(2 * i, Half.bfloatFromDouble(v));
      case I64, U64 -> m.putLong(8 * i, (long) v);
      case I32, U32 -> m.putInt(4 * i, (int) (long) v);
      case I16, U16 -> m.putShort(2 * i, (short) (long) v);
      default -> m.put(i, (byte) (long) v);
    }
  }

  /** Floats in [-1, 1), small integers. */
  private static List<ByteBuffer> inputs(Kernel k, Random r, boolean whole) {
    List<ByteBuffer> all = new ArrayList<>();
    for (Buffer b : k.args()) {
      int n = (int) b.extentInElements();
      ByteBuffer m = ByteBuffer.allocate(n * b.type().bytes()).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < n; i++) {
        double v =
            b.type().isFloat()
                ? whole ? r.nextInt(5) - 2 : 2 * r.nextDouble() - 1
                : b.type() == DType.BOOL ? r.nextInt(2) : r.nextInt(b.type().isSigned() ? 21 : 11);
        put(b.type(), m, i, b.type().isSigned() && !b.type().isFloat() ? v - 10 : v);
      }
      all.add(m);
    }
    return all;
  }

  static Map<String, Long> dims(Object... pairs) {
    Map<String, Long> m = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      m.put((String) pairs[i], ((Number) pairs[i + 1]).longValue());
    }
    return m;
  }

  static Set<String> names(Kernel k) {
    return Set.copyOf(k.args().stream().map(Buffer::name).toList());
  }
}
