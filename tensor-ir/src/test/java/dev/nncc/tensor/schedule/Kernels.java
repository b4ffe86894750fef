package dev.nncc.tensor.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.tensor.interp.Interpreter;
import dev.nncc.tensor.interp.Memory;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.text.Parser;
import dev.nncc.tensor.text.Printer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Kernels of the families, small, and the comparison of two versions of one kernel. */
final class Kernels {
  private Kernels() {}

  static final String GEMM =
      """
      kernel gemm(A: f32 [6,10], B: f32 [10,8], C: f32 [6,8])
      for m < 6, n < 8, k < 10 C[m, n] = reduce + (k) A[m, k] * B[k, n] then acc * 2.0
      """;

  static final String BIAS =
      """
      kernel bias(A: f32 [6,8], B: f32 [8], C: f32 [6,8]) alloc T: f32 local [6,8] {
        for m < 6, n < 8, k < 5 T[m, n] = reduce + (k) A[m, k] * A[k, n] from B[n]
        for x < 6, y < 8 C[x, y] = max(T[x, y], 0.0)
      }
      """;

  static final String CHAIN =
      """
      kernel chain(A: f32 [12], C: f32 [12]) alloc T: f32 local [12] {
        for i < 12 T[i] = A[i] * 2.0
        for j < 12 C[j] = T[j] + A[11 - j]
        for l < 12 C[l] = C[l] * T[l]
      }
      """;

  static final String SHIFT =
      """
      kernel shift(A: f32 [14], C: f32 [4,6]) {
        for i < 4, j < 6 C[i, j] = A[i + j]
        for a < 11 A[a] = A[a + 1] + 1.0
        for b < 4, c < 5 C[b, c + 1] = C[b, c] + A[b]
      }
      """;

  static final String PREFIX =
      """
      kernel prefix(A: f32 [5,9], S: f32 [10]) {
        for t < 9 S[t + 1] = S[t] + A[0, t]
        for i < 9, j < 5 S[i] += A[j, i]
      }
      """;

  static final String CONV =
      """
      kernel conv(X: f32 [2,6,6,4] halo [0,1,1,0], W: f32 [3,2,3,3,4,4], B: f32 [3,4],
                  Y: f32 [3,6,6,4] halo [0,1,1,0])
      for ob < 3, oh < 6, ow < 6, oi < 4, ib < 2, kh < 3, kw < 3, ii < 4
        Y[ob, oh, ow, oi] = reduce + (ib, kh, kw, ii)
            X[ib, oh + kh - 1, ow + kw - 1, ii] * W[ob, ib, kh, kw, ii, oi]
            from B[ob, oi] then max(acc, 0.0)
      """;

  static final String ARGMAX =
      """
      kernel argmax(X: f32 [5,12], I: i64 [5], M: f32 [5])
      for i < 5, k < 12
        reduce (k) {
          state best: f32 from -inf
          state at: i64 from -1
          next best = max(best, X[i, k])
          next at = select(best < X[i, k], k, at)
          combine best from -inf = max(best, best')
          combine at from -1 = select(best < best', at', select(best == best', select(at < at', at, at'), at))
          I[i] = at
          M[i] = best
        }
      """;

  static final String MOMENTS =
      """
      kernel moments(X: f32 [4,12], M: f32 [4], V: f32 [4])
      for i < 4, k < 12
        reduce (k) {
          state s: f32 from 0.0
          state q: f32 from 0.0
          next s = s + X[i, k]
          next q = q + X[i, k] * X[i, k]
          combine s from 0.0 = s + s'
          combine q from 0.0 = q + q'
          M[i] = s * 0.1
          V[i] = q - s * s
        }
      """;

  /** Blocks of a result that go to two buffers. */
  static final String PARTS =
      """
      kernel parts(X: f32 [6,10], W: f32 [6,10,4], Y: f32 [4,4,6], Z: f32 [6,2,4])
      for p < 6, b < 6, l < 4, k < 10
        reduce (k) {
          state acc: f32 from 0.0
          next acc = acc + X[p, k] * W[b, k, l]
          combine acc from 0.0 = acc + acc'
          by +
          let t = max(acc, 0.0)
          Y[b, l, p] = t when b < 4
          Z[p, b - 4, l] = t when 3 < b
        }
      """;

  /** Order matters: a polynomial by Horner's rule. */
  static final String HORNER =
      """
      kernel horner(A: f32 [3,8], X: f32 [3], Y: f32 [3])
      for i < 3, k < 8
        reduce (k) {
          state p: f32 from 0.0
          next p = p * X[i] + A[i, k]
          Y[i] = p
        }
      """;

  static final String INDIRECT =
      """
      kernel indirect(N: i64 [9], T: f32 [6,4], Y: f32 [9,4], Z: f32 [24]) {
        for i < 9, j < 4 Y[i, j] = T[max(min(N[i], 5), 0), j]
        for a < 9 let at = max(min(N[a], 5), 0) for b < 4 Z[at * 4 + b] += Y[a, b]
        for c < 24 Z[c] = Z[23 - c] + 1.0
        for e < 4, f < 6 Z[e * 6 + f] = Z[e * 6 + f] * 2.0
      }
      """;

  static final String SCAN =
      """
      kernel scan(P: f32 [5,8], R: f32 [8,8], H: f32 [6,8])
      scan t < 5 alloc G: f32 local [8] {
        for j < 8, k < 8 G[j] = reduce + (k) H[t, k] * R[k, j] from P[t, j]
        for i < 8 H[t + 1, i] = tanh(G[i])
      }
      """;

  /** Two outputs and named values after the reduction. */
  static final String EPILOGUE =
      """
      kernel epilogue(X: f32 [4,6], R: f32 [4], Y: f32 [4], Z: f32 [4])
      for i < 4, k < 6
        reduce (k) {
          state acc: f32 from R[i]
          next acc = acc + X[i, k]
          combine acc from 0.0 = acc + acc'
          by +
          let t0 = acc * 0.5
          let t1 = t0 + R[i]
          Y[i] = max(t0, t1)
          Z[i] = t1
        }
      """;

  /** Rows across the innermost axis of memory. */
  static final String ROWS =
      """
      kernel rows(X: f32 [5,12], Y: f32 [5,12])
      for j < 12 alloc m: f32 reg [1] alloc e: f32 local [5] {
        for a < 5 m[0] = reduce max (a) X[a, j]
        for b < 5 e[b] = X[b, j] - m[0]
        for c < 5 Y[c, j] = e[c] * 2.0 + e[4 - c]
      }
      """;

  /** Factors of two bytes, pairs of which are multiplied. */
  static final String PAIRS =
      """
      kernel pairs(A: bf16 [6,8], W: bf16 [4,8,2], C: f32 [6,8])
      for m < 6, n < 8, k < 4, j < 2
        C[m, n] = reduce + (k, j) f32(A[m, k * 2 + j]) * f32(W[k, n, j])
      """;

  /** Places under a condition, as a reduction leaves them. */
  static final String PLACES =
      """
      kernel places(A: f32 [2,8], C: f32 [2,5]) {
        for i < 2, k < 3, l < 2 {
          unroll w < 5 {
            if (0 < k + w & k + w < 6) {
              C[i, w] += A[i, k + w] * f32(l)
            }
          }
        }
      }
      """;

  static List<String> all() {
    return List.of(
        GEMM, BIAS, CHAIN, SHIFT, PREFIX, CONV, ARGMAX, MOMENTS, PARTS, HORNER, INDIRECT, SCAN,
        EPILOGUE, ROWS, PAIRS, PLACES);
  }

  private static List<Memory> random(Kernel k, long seed) {
    Random r = new Random(seed);
    List<Memory> l = new ArrayList<>();
    for (Buffer b : k.args()) {
      Memory m = Memory.filled(b);
      for (int i = 0; i < m.size(); i++) {
        if (b.type().isFloat()) {
          m.setFloat(i, r.nextInt(17) / 8.0 - 1);
        } else {
          m.setInteger(i, r.nextInt(9));
        }
      }
      l.add(m);
    }
    return l;
  }

  private static List<ByteBuffer> bytes(List<Memory> l) {
    return l.stream().map(Memory::bytes).toList();
  }

  /** Runs both on the same random memory and compares every argument. */
  static void assertSame(Kernel a, Kernel b, long seed, Map<String, Long> dims, String how) {
    List<Memory> p = random(a, seed);
    List<Memory> q = random(a, seed);
    Interpreter.run(a, bytes(p), dims, 0, Long.MAX_VALUE, seed);
    try {
      Interpreter.run(b, bytes(q), dims, 0, Long.MAX_VALUE, seed);
    } catch (RuntimeException e) {
      throw new AssertionError(how + "\n" + Printer.print(b), e);
    }
    for (int i = 0; i < p.size(); i++) {
      Memory x = p.get(i);
      Memory y = q.get(i);
      for (int j = 0; j < x.size(); j++) {
        boolean same =
            x.type().isFloat() ? close(x.number(j), y.number(j)) : x.integer(j) == y.integer(j);
        if (!same) {
          String values =
              x.type().isFloat()
                  ? x.number(j) + " / " + y.number(j)
                  : x.integer(j) + " / " + y.integer(j);
          throw new AssertionError(
              a.args().get(i).name()
                  + "["
                  + j
                  + "]: "
                  + values
                  + " after\n"
                  + how
                  + "\n"
                  + Printer.print(b));
        }
      }
    }
  }

  /** Sums of at most some hundred numbers of magnitude one, in another order. */
  private static boolean close(double a, double b) {
    return a == b
        || Double.isNaN(a) && Double.isNaN(b)
        || Math.abs(a - b) <= 1e-4 * Math.max(1, Math.abs(a));
  }

  /** The kernel survives printing and parsing. */
  static void assertPrints(Kernel k) {
    String text = Printer.print(k);
    Kernel again = Parser.parse(text);
    assertThat(Printer.print(again)).isEqualTo(text);
    assertThat(again.equals(k)).as(text).isTrue();
  }
}
