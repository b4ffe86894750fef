package dev.nncc.codegen.llvm.emit;

import dev.nncc.graph.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Values at which operations go wrong. */
final class Edges {
  private Edges() {}

  /** As bits of the type. */
  static List<Long> of(DType t) {
    List<Long> bits = new ArrayList<>();
    switch (t) {
      case F64 -> {
        for (double d : doubles()) {
          bits.add(Double.doubleToRawLongBits(d));
        }
        for (double d : floats()) {
          bits.add(Double.doubleToRawLongBits(d));
        }
      }
      case F32 -> {
        for (double d : floats()) {
          bits.add((long) Float.floatToRawIntBits((float) d) & 0xFFFFFFFFL);
        }
      }
      case F16, BF16 -> {
        for (double d : floats()) {
          ByteBuffer b = ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN);
          Agreement.put(t, b, 0, d);
          bits.add((long) b.getShort(0));
        }
        for (long x : new long[] {1, 0x3FF, 0x400, 0x7BFF, 0x7C00, 0x7F7F, 0x80, 0x7F, 0x8001}) {
          bits.add(x);
        }
      }
      case BOOL -> bits.addAll(List.of(0L, 1L));
      default -> integers(t, bits);
    }
    return bits;
  }

  private static void integers(DType t, List<Long> bits) {
    int n = 8 * t.bytes();
    for (long x :
        new long[] {0, 1, 2, 3, 5, 7, 10, 100, 127, 128, 129, 255, -1, -2, -3, -7, -100}) {
      bits.add(x);
    }
    for (long x : new long[] {-2, -1, 0, 1}) {
      bits.add((1L << n - 1) + x);
      bits.add((1L << n / 2) + x);
    }
    bits.add(1L << 24);
    bits.add((1L << 24) + 1);
    bits.add((1L << 53) + 1);
    bits.add(0x7FFFFF7FFFFFFFFFL);
    bits.add(0x0101_0000_0000_0001L);
    bits.add(0x0080_8000_0000_0001L);
  }

  private static double[] doubles() {
    return new double[] {
      1e300,
      -1e300,
      5e-324,
      1e-310,
      0x1p1023,
      0x1.0000001p0,
      0x1.0080000001p0,
      0x1.008p0,
      0x1.00000000001p-14,
      65519.99999999,
      65520.000001,
      0x1.ffp127,
      0x1.feffffffffp127,
      0x1p-133,
      0x1.8p-134,
      0x1.00000000000001p-25,
      9.2233720368547748e18,
      1.8446744073709550e19
    };
  }

  private static double[] floats() {
    return new double[] {
      0.0,
      -0.0,
      1,
      -1,
      0.5,
      -0.5,
      1.5,
      -1.5,
      2,
      2.5,
      -2.5,
      3,
      7,
      -7,
      10,
      0.1,
      -0.1,
      100,
      1e10,
      Double.NaN,
      Double.POSITIVE_INFINITY,
      Double.NEGATIVE_INFINITY,
      Float.MIN_VALUE,
      -Float.MIN_VALUE,
      Float.MIN_NORMAL,
      Float.MAX_VALUE,
      -Float.MAX_VALUE,
      1e-40,
      127.49,
      127.5,
      127.99,
      128,
      -128,
      -128.5,
      -128.99,
      -129,
      254.5,
      255,
      255.99,
      256,
      32767.5,
      32768,
      -32768,
      -32769,
      65504,
      65519,
      65520,
      65535,
      65536,
      2147483520f,
      2147483648.0,
      -2147483648.0,
      -2147483904.0,
      4294967040.0,
      4294967296.0,
      9.223371e18,
      9.223372e18,
      -9.223372e18,
      1.8446743e19,
      1.8446744e19,
      0x1p-14,
      0x1p-15,
      0x1p-24,
      0x1p-25,
      0x1.8p-25,
      0x1p-126,
      0x1p-133,
      1.00390625,
      1.01171875,
      1 + 0x1p-11,
      1 + 0x1.8p-10,
      16777216,
      16777217
    };
  }

  /** The edges, then random bits, up to n. */
  static ByteBuffer memory(DType t, int n, Random r) {
    ByteBuffer m = ByteBuffer.allocate(n * t.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    List<Long> edges = of(t);
    for (int i = 0; i < n; i++) {
      put(m, t, i, i < edges.size() ? edges.get(i) : random(t, r));
    }
    return m;
  }

  /** All pairs of edges, one of each pair, repeated up to n. */
  static ByteBuffer pairs(DType t, int n, boolean first) {
    ByteBuffer m = ByteBuffer.allocate(n * t.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    List<Long> edges = of(t);
    int k = edges.size();
    for (int i = 0; i < n; i++) {
      put(m, t, i, edges.get(first ? i % k : i / k % k));
    }
    return m;
  }

  private static long random(DType t, Random r) {
    return t == DType.BOOL ? r.nextInt(2) : r.nextLong();
  }

  private static void put(ByteBuffer m, DType t, int i, long bits) {
    switch (t.bytes()) {
      case 8 -> m.putLong(8 * i, bits);
      case 4 -> m.putInt(4 * i, (int) bits);
      case 2 -> m.putShort(2 * i, (short) bits);
      default -> m.put(i, (byte) bits);
    }
  }
}
