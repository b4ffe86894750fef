package dev.nncc.tensor.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.tensor.ir.Kernel;
import org.junit.jupiter.api.Test;

class TextTest {
  private static void roundTrip(String text) {
    Kernel k = Parser.parse(text);
    String printed = Printer.print(k);
    assertThat(Parser.parse(printed)).isEqualTo(k);
    assertThat(Printer.print(Parser.parse(printed))).isEqualTo(printed);
  }

  @Test
  void aConvolutionWithHaloAndEpilogue() {
    roundTrip(
        """
        kernel conv3(X: f32 [4,56,56,16] halo [0,1,1,0], W: f32 [2,4,3,3,16,2,16], B: f32 [4,16],
                     Y: f32 [4,56,56,16] lo [0,1,0,0] hi [0,2,1,0] fill -1.5)
        for ob < 4, oh < 56, ow < 56, oi < 16, ib < 4, kh < 3, kw < 3, ii < 16
          Y[ob, oh, ow, oi] = reduce + (ib, kh, kw, ii)
              X[ib, oh + kh - 1, ow + kw - 1, ii] * W[ob // 2, ib, kh, kw, ii, ob % 2, oi]
              from B[ob, oi] then max(acc, 0.0)
        """);
  }

  @Test
  void everyKindOfStatement() {
    roundTrip(
        """
        kernel all(X: f16 [4,5] strides [10,2] offset 3, Y: i32 [4], Z: bool []) dims (n, m)
        alloc T: f64 local [3] alloc R: f32 reg [2] const C: i64 [2] = (4, -7) {
          par p < n { Z[] = (Y[0] <= 3:i32) & (1:bool ^ 0:bool) }
          scan t < 3 T[t] = -1.25E-30:f64 * inf:f64
          unroll u < 2 vec v < 4 let q = f32(X[u, v]) * 2.0E10 {
            R[u] max= q
            R[u] += select(q < 0.0, -inf, neg(q))
            Y[v] |= i32(C[1]) >> 2:i32
          }
          if m < 2 Y[0] = rem(Y[1], 3:i32) / 2:i32 else { prefetch 2 X[1, -2] Y[1] ^= 5:i32 }
          if is_nan(pow(R[0], 0.5)) R[1] = erf(abs(R[1]))
        }
        """);
  }

  @Test
  void aReductionWithSeveralStates() {
    roundTrip(
        """
        kernel argmax(X: f32 [5,7], Y: i64 [5], M: f32 [5])
        for i < 5, k < 7
          reduce (k) {
            state best: f32 from -inf
            state at: i64 from 0
            next best = max(best, X[i, k])
            next at = select(best < X[i, k], k, at)
            combine best from -inf = max(best, best')
            combine at from 0 = select(best < best', at', at)
            Y[i] = at
            M[i] = best
          }
        """);
  }

  @Test
  void aReductionWhoseResultIsSharedOut() {
    roundTrip(
        """
        kernel parts(X: f32 [6,7], Y: f32 [2], Z: f32 [4])
        for i < 6, k < 7
          reduce (k) {
            state acc: f32 from 0.0
            next acc = acc + X[i, k]
            combine acc from 0.0 = acc + acc'
            by +
            Y[i] = acc when i < 2
            Z[i - 2] = acc * 2.0 when 1 < i
          }
        """);
  }

  @Test
  void theOrderOfOperationsIsKept() {
    Kernel k = Parser.parse("kernel k(X: f32 [9]) for i < 3 X[i * 2 + 1] = X[i] - X[i + 1] - X[0]");
    assertThat(Printer.print(k)).contains("X[((i * 2) + 1)] = ((X[i] - X[(i + 1)]) - X[0])");
  }

  @Test
  void errorsNameThePlace() {
    assertThatThrownBy(() -> Parser.parse("kernel k(X: f32 [9]) for i < 3 Q[i] = 1.0"))
        .hasMessageContaining("no such buffer at 'Q'");
    assertThatThrownBy(() -> Parser.parse("kernel k(X: f99 [9]) X[0] = 1.0"))
        .hasMessageContaining("not a dtype");
    assertThatThrownBy(() -> Parser.parse("kernel k(X: f32 [9]) X[0] = 1.0 }"))
        .hasMessageContaining("expected the end");
  }
}
