package dev.nncc.codegen.llvm.emit;

import dev.nncc.codegen.llvm.emit.Agreement.Tolerance;
import dev.nncc.tensor.text.Parser;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Scheduled kernels of every family: compiled code against the interpreter, on every target. */
class KernelsTest {
  private static void check(String text, long par, Tolerance t) {
    Agreement.check(Parser.parse(text), Map.of(), par, t);
  }

  @Test
  void convolutionTile() {
    check(
        """
        kernel conv(X: f32[2,6,6,16] halo [0,1,1,0], W: f32[1,2,3,3,16,2,16], B: f32[2,16],
                    Y: f32[2,6,6,16] halo [0,1,1,0])
        par p < 6 for q < 2
          alloc a: f32 reg [2,3,16] {
            unroll j < 2 unroll t < 3 vec v < 16 a[j, t, v] = B[j, v]
            for ib < 2 for kh < 3 for kw < 3 for ii < 16
              unroll t < 3 unroll j < 2 vec v < 16
                a[j, t, v] += X[ib, p + kh - 1, q * 3 + t + kw - 1, ii]
                              * W[0, ib, kh, kw, ii, j, v]
            unroll j < 2 unroll t < 3 vec v < 16
              Y[j, p, q * 3 + t, v] = max(0.0, a[j, t, v])
          }
        """,
        6,
        Tolerance.operations(288));
  }

  @Test
  void softmaxWithAMaskedTail() {
    check(
        """
        kernel softmax(X: f32[5,37], Y: f32[5,37])
        par r < 5
          alloc m: f32 reg [1] alloc s: f32 reg [1] alloc e: f32 local [48] {
            m[0] = -1e30
            s[0] = 0.0
            for o < 3 vec i < 16 if o * 16 + i < 37 m[0] max= X[r, o * 16 + i]
            for o < 3 vec i < 16 if o * 16 + i < 37 {
              e[o * 16 + i] = exp(X[r, o * 16 + i] - m[0])
              s[0] += e[o * 16 + i]
            }
            for o < 3 vec i < 16 if o * 16 + i < 37
              Y[r, o * 16 + i] = e[o * 16 + i] / s[0]
          }
        """,
        5,
        Tolerance.operations(60));
  }

  @Test
  void valuesOfSixteenBits() {
    check(
        """
        kernel half(X: f16[3,16], Z: bf16[3,16], Y: f16[3,16], V: bf16[3,16], F: f32[3,16])
        par r < 3 vec i < 16 {
          Y[r, i] = X[r, i] * X[r, i] + X[r, i]
          V[r, i] = bf16(f32(Z[r, i]) * f32(X[r, i])) - Z[r, i]
          F[r, i] = f32(X[r, i]) + f32(Z[r, i])
        }
        """,
        3,
        Tolerance.operations(8));
  }

  @Test
  void gathersAndScatters() {
    check(
        """
        kernel gather(I: i64[8], X: f32[21,8], Y: f32[8,8], S: f32[21], T: f32[8,4])
        {
          for a < 8 vec i < 8 Y[a, i] = X[I[i] + 10, a]
          vec i < 8 S[I[i] + 10] += X[i, 0]
          vec i < 8 if i < 5 S[I[i] + 10] += X[i, 1]
          for a < 4 vec i < 8 T[i, a] = X[i, a]
          for a < 4 vec i < 8 if i < 3 + a T[i, a] *= X[i // 2, a]
          vec i < 8 T[i // 2, 0] += X[i % 3, 1]
        }
        """,
        1, Tolerance.operations(8));
  }

  @Test
  void lanesFarApartWithTheirNeighbours() {
    check(
        """
        kernel columns(X: f32[16,11], W: f32[2,8,7], I: i32[16,6], Y: f32[11,16], Z: f32[2,5,8],
                       J: i32[6,16], T: f32[16,8])
        {
          unroll a < 11 vec i < 16 Y[a, i] = X[i, a]
          for b < 2 unroll a < 5 vec i < 8 Z[b, a, i] = W[b, 7 - i, a + 1] - W[b, min(i, 5), a]
          unroll a < 6 vec i < 16 J[a, i] = I[i, a]
          unroll a < 7 vec i < 16 T[i, a + 1] = T[i, a] * 0.5 + X[i, a]
        }
        """,
        1,
        Tolerance.operations(8));
  }

  @Test
  void scalarsInsideOtherBuffers() {
    check(
        """
        kernel add(A: f32[], B: f32[] offset 1, Y: f32[] offset 2) {
          Y[] = A[] + B[]
        }
        """,
        1,
        Tolerance.EXACT);
  }

  @Test
  void integerDotProducts() {
    check(
        """
        kernel dot(A: u8[3,32], B: i8[32,16], C: i32[3,16])
        par m < 3
          alloc a: i32 reg [16] {
            vec v < 16 a[v] = i32(0)
            for k < 32 vec v < 16 a[v] += i32(A[m, k]) * i32(B[k, v])
            vec v < 16 C[m, v] = a[v]
          }
        """,
        3,
        Tolerance.EXACT);
  }

  @Test
  void recurrencesOverOpenExtents() {
    Agreement.check(
        Parser.parse(
            """
            kernel scan(X: f32[9,16], H: f32[16], Y: f32[9,16]) dims (n)
            alloc h: f32 local [16] {
              vec i < 16 h[i] = H[i]
              scan t < n {
                vec i < 16 {
                  let z = tanh(X[t, i] + h[15 - i])
                    if X[t, i] < 0.5 Y[t, i] = z * sigmoid(z) else Y[t, i] = erf(z)
                }
                vec i < 16 h[i] = Y[t, i]
              }
            }
            """),
        Agreement.dims("n", 7),
        1,
        Tolerance.operations(60));
  }

  @Test
  void buffersInsideAVectorLoopBelongToOneLane() {
    check(
        """
        kernel own(X: f32[4,16], Y: f32[16])
        vec i < 16
          alloc a: f32 reg [1] alloc b: f32 local [4] halo [2] {
            a[0] = 0.0
            b[-2] = 5.0
            for k < 4 b[k] = X[k, i] * 2.0 + b[-2]
            for k < 4 a[0] += b[3 - k]
            Y[i] = a[0]
          }
        """,
        1,
        Tolerance.operations(8));
  }

  @Test
  void tablesKnownAndLookedUp() {
    check(
        """
        kernel table(X: f32[3,16], Y: f32[3,16], Z: f32[5])
        const M: f32 [3,3] = (0.0, 1.0, -1.0, 2.0, 0.5, 0.0, 1.0, 1.0, 1.0) {
          unroll a < 3 vec i < 16
            Y[a, i] = X[0, i] * M[a, 0] + X[1, i] * M[a, 1] + X[2, i] * M[a, 2]
          for a < 3 Z[a] = M[a, 1]
        }
        """,
        1,
        Tolerance.operations(8));
  }

  @Test
  void registersUnderAConditionKeepTheOtherLanes() {
    check(
        """
        kernel keep(X: f32[3,16], Y: f32[3,16])
        par p < 3 alloc a: f32 reg [16] alloc s: f32 reg [2] {
          vec i < 16 a[i] = 1.0
          s[0] = 3.0
          s[1] = 4.0
          vec i < 16 if X[p, i] < 0.0 {
            a[i] = X[p, i]
            s[0] = 5.0
          }
          vec i < 16 if 2.0 < X[p, i] s[1] = 6.0
          vec i < 16 if X[p, i] < 0.5 a[i] += s[0] else a[i] *= s[1]
          vec i < 16 Y[p, i] = a[i]
        }
        """,
        3,
        Tolerance.operations(4));
  }

  @Test
  void whatIsStoredIsWhatIsLoadedAfterwards() {
    check(
        """
        kernel order(X: f32[3,32], Y: f32[3,32])
        par p < 3 {
          vec i < 16 {
            Y[p, i] = X[p, i]
            Y[p, i + 16] = Y[p, i] + 1.0
            Y[p, i] = Y[p, i + 16] * Y[p, i]
            Y[p, i + 16] = Y[p, i]
          }
          Y[p, 3] = X[p, 0] + Y[p, 4]
          Y[p, 4] = Y[p, 3] + Y[p, 5]
          for k < 3 Y[p, 3] = Y[p, 3] + Y[p, 4]
          if X[p, 0] < 0.5 Y[p, 5] = Y[p, 3] else Y[p, 3] = Y[p, 5]
          Y[p, 6] = Y[p, 3] + Y[p, 5]
        }
        """,
        3,
        Tolerance.operations(16));
  }

  @Test
  void lanesThatDoNotExistTakeNoPartInASum() {
    check(
        """
        kernel sums(X: f32[3,13], Y: f32[3,4], Z: i32[3,13], W: i32[3,4])
        par p < 3 {
          vec i < 16 if i < 13 {
            Y[p, 0] += X[p, i] + 1.0
            Y[p, 1] *= X[p, i] + 2.0
            Y[p, 2] min= X[p, i] + 3.0
            Y[p, 3] max= X[p, i] - 3.0
            W[p, 0] min= Z[p, i] + 100
            W[p, 1] max= Z[p, i] - 100
            W[p, 2] |= Z[p, i] + 1
            W[p, 3] &= Z[p, i] - 1
          }
          vec i < 16 if i < 13 if X[p, i] < 0.0 Y[p, 0] += X[p, i] else W[p, 0] ^= Z[p, i]
        }
        """
            .replace("100", "i32(100)")
            .replace("+ 1\n", "+ i32(1)\n")
            .replace("- 1\n", "- i32(1)\n"),
        3,
        Tolerance.operations(40));
  }

  @Test
  void lanesApart() {
    check(
        """
        kernel apart(X: f32[3,64], H: f16[3,64], B: bool[3,64], Y: f32[3,64], G: f16[3,64], N: u8[64])
        par p < 3 {
          vec i < 16 Y[p, i] = X[p, i * 2] + X[p, i * 2 + 1]
          vec i < 16 Y[p, i + 16] = X[p, 15 - i] - X[p, 63 - 2 * i]
          vec i < 16 Y[p, i + 32] = X[p, i * 3] * X[p, i * 4 + 3]
          vec i < 8 Y[p, i + 48] = X[p, i * 5] * X[p, 63 - i * 3]
          vec i < 8 G[p, i * 2] = H[p, i * 3 + 1] + f16(X[p, i * 4])
          vec i < 16 G[p, i * 2 + 32] = H[p, i * 2]
          vec i < 32 if p < 1 N[i] = u8(select(B[p, i * 2], 3.0, X[p, 31 - i]))
          vec i < 5 if p < 1 N[32 + i] = u8(select(B[p, i * 2], 3.0, X[p, 31 - i]))
        }
        """,
        3,
        Tolerance.operations(4));
  }

  @Test
  void conditionsInsideConditions() {
    check(
        """
        kernel nested(X: f32[3,13], Y: f32[3,13], Z: f32[3], W: f32[3,13])
        par p < 3 vec i < 16 if i < 13 {
          if X[p, i] < 0.5 {
            Y[p, i] = X[p, i] + 1.0
            Z[p] += 1.0
            if X[p, i] < -0.5 W[p, i] = 7.0 else W[p, i] += 8.0
          } else {
            Y[p, i] = 3.0
            Z[p] += 100.0
          }
        }
        """,
        3,
        Tolerance.operations(16));
  }

  @Test
  void registersIndexedByArithmeticOnExpandedLoops() {
    check(
        """
        kernel pairs(X: f32[3,6,8], Y: f32[3,3,8])
        par p < 3 alloc a: f32 reg [3,8] {
          unroll t < 3 vec i < 8 a[2 - t, i] = 0.0
          unroll t < 6 vec i < 8 a[t // 2, i] += X[p, t, i] * X[p, t % 3, i]
          unroll t < 3 vec i < 8 Y[p, t, i] = a[(t + 1) % 3, i]
        }
        """,
        3, Tolerance.operations(4));
  }
}
