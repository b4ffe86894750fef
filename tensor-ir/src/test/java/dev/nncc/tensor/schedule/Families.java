package dev.nncc.tensor.schedule;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Kernels of the families with sizes left open. */
final class Families {
  private Families() {}

  /**
   * @param sizes values of the names in braces, one set a case
   */
  record Family(String name, String text, List<Map<String, Integer>> sizes) {
    String at(Map<String, Integer> values) {
      String t = text;
      for (Map.Entry<String, Integer> e : values.entrySet()) {
        t = t.replace("{" + e.getKey() + "}", e.getValue().toString());
      }
      return t;
    }
  }

  private static Map<String, Integer> of(Object... pairs) {
    Map<String, Integer> m = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      m.put((String) pairs[i], (Integer) pairs[i + 1]);
    }
    return m;
  }

  static final Family CONV =
      new Family(
          "conv",
          """
          kernel conv(X: f32 [{IB},{H},{W},16] halo [0,1,1,0], K: f32 [{BO},{IB},3,3,16,{G},16],
                      B: f32 [{OB},16], Y: f32 [{OB},{H},{W},16] halo [0,1,1,0])
          for ob < {OB}, oh < {H}, ow < {W}, oi < 16, ib < {IB}, kh < 3, kw < 3, ii < 16
            Y[ob, oh, ow, oi] = reduce + (ib, kh, kw, ii)
                X[ib, oh + kh - 1, ow + kw - 1, ii] * K[ob // {G}, ib, kh, kw, ii, ob % {G}, oi]
                from B[ob, oi] then max(acc, 0.0)
          """,
          List.of(
              of("IB", 2, "BO", 1, "OB", 2, "G", 2, "H", 3, "W", 14),
              of("IB", 1, "BO", 1, "OB", 3, "G", 3, "H", 2, "W", 13),
              of("IB", 1, "BO", 1, "OB", 1, "G", 1, "H", 1, "W", 1)));

  /** Rows of the window that lie on the border add nothing. */
  static final Family CONV_IN_BORDERS =
      new Family(
          "convInBorders",
          CONV.text()
              .replace("kernel conv(", "kernel convInBorders(")
              .replace("X[ib,", "select(0 < oh + kh & oh + kh < {H} + 1, X[ib,")
              .replace("ob % {G}, oi]", "ob % {G}, oi], 0.0)"),
          List.of(
              of("IB", 2, "BO", 1, "OB", 2, "G", 2, "H", 4, "W", 7),
              of("IB", 1, "BO", 1, "OB", 1, "G", 1, "H", 7, "W", 7),
              of("IB", 1, "BO", 1, "OB", 3, "G", 3, "H", 5, "W", 14)));

  static final Family CONV1X1 =
      new Family(
          "conv1x1",
          """
          kernel conv1x1(X: f32 [{IB},{H},{H},16], K: f32 [{BO},{IB},16,2,16], B: f32 [{OB},16],
                         R: f32 [{OB},{H},{H},16], Y: f32 [{OB},{H},{H},16])
          for ob < {OB}, oh < {H}, ow < {H}, oi < 16, ib < {IB}, ii < 16
            reduce (ib, ii) {
              state acc: f32 from B[ob, oi]
              next acc = acc + X[ib, oh, ow, ii] * K[ob // 2, ib, ii, ob % 2, oi]
              combine acc from 0.0 = acc + acc'
              by +
              let t0 = acc + R[ob, oh, ow, oi]
              Y[ob, oh, ow, oi] = max(t0, 0.0) * t0
            }
          """,
          List.of(
              of("IB", 2, "BO", 2, "OB", 4, "H", 7),
              of("IB", 9, "BO", 3, "OB", 6, "H", 7),
              of("IB", 1, "BO", 1, "OB", 2, "H", 4),
              of("IB", 1, "BO", 1, "OB", 2, "H", 1)));

  static final Family DEPTHWISE =
      new Family(
          "depthwise",
          """
          kernel depthwise(X: f32 [{C},{I},{I},16] halo [0,1,1,0], K: f32 [{C},3,3,16],
                           B: f32 [{C},16], Y: f32 [{C},{O},{O},16])
          for c < {C}, oh < {O}, ow < {O}, ci < 16, kh < 3, kw < 3
            Y[c, oh, ow, ci] = reduce + (kh, kw)
                X[c, oh * {S} + kh - 1, ow * {S} + kw - 1, ci] * K[c, kh, kw, ci]
                from B[c, ci] then min(max(acc, 0.0), 6.0)
          """,
          List.of(
              of("C", 2, "I", 14, "O", 14, "S", 1),
              of("C", 1, "I", 9, "O", 5, "S", 2),
              of("C", 3, "I", 1, "O", 1, "S", 1)));

  static final Family GEMM =
      new Family(
          "gemm",
          """
          kernel gemm(A: f32 [{M},{K}], B: f32 [{NP},{K},{P}], C: f32 [{M},{N}])
          for m < {M}, n < {N}, k < {K}
            C[m, n] = reduce + (k) A[m, k] * B[n // {P}, k, n % {P}]
          """,
          List.of(
              of("M", 16, "N", 96, "NP", 2, "P", 48, "K", 32),
              of("M", 11, "N", 48, "NP", 1, "P", 48, "K", 7),
              of("M", 1, "N", 37, "NP", 1, "P", 37, "K", 12),
              of("M", 13, "N", 19, "NP", 1, "P", 19, "K", 5),
              of("M", 5, "N", 1, "NP", 1, "P", 1, "K", 64)));

  /** The second factor lies along its rows: scores of attention. */
  static final Family TRANSPOSED =
      new Family(
          "transposed",
          """
          kernel scores(Q: f32 [{B},{M},{K}], T: f32 [{B},{N},{K}], S: f32 [{B},{M},{N}])
          for b < {B}, m < {M}, n < {N}, k < {K}
            S[b, m, n] = reduce + (k) Q[b, m, k] * T[b, n, k] then acc * 0.125
          """,
          List.of(
              of("B", 2, "M", 8, "N", 16, "K", 32),
              of("B", 3, "M", 5, "N", 7, "K", 17),
              of("B", 1, "M", 33, "N", 48, "K", 64),
              of("B", 2, "M", 20, "N", 71, "K", 16)));

  static final Family POOL =
      new Family(
          "pool",
          """
          kernel pool(X: f32 [{C},{I},{I},16] lo [0,1,1,0] hi [0,1,1,0] fill -100.0,
                      Y: f32 [{C},{O},{O},16])
          for c < {C}, oh < {O}, ow < {O}, l < 16, kh < 3, kw < 3
            Y[c, oh, ow, l] = reduce max (kh, kw) X[c, oh * 2 + kh - 1, ow * 2 + kw - 1, l]
          """,
          List.of(of("C", 2, "I", 14, "O", 7), of("C", 1, "I", 9, "O", 5)));

  static final Family AVERAGE =
      new Family(
          "average",
          """
          kernel average(X: f32 [{C},{H},{H},16], Y: f32 [{C},16])
          for c < {C}, l < 16, h < {H}, w < {H}
            Y[c, l] = reduce + (h, w) X[c, h, w, l] then acc / {HH}.0
          """,
          List.of(of("C", 4, "H", 7, "HH", 49), of("C", 1, "H", 1, "HH", 1)));

  static final Family SOFTMAX =
      new Family(
          "softmax",
          """
          kernel softmax(X: f32 [{A},{R},{N}], Y: f32 [{A},{R},{N}])
          for a < {A}, r < {R} alloc M: f32 reg [1] alloc S: f32 reg [1] alloc E: f32 local [{N}] {
            for i < {N} M[0] = reduce max (i) X[a, r, i]
            for i < {N} E[i] = exp(X[a, r, i] - M[0])
            for i < {N} S[0] = reduce + (i) E[i] then 1.0 / acc
            for i < {N} Y[a, r, i] = E[i] * S[0]
          }
          """,
          List.of(
              of("A", 2, "R", 3, "N", 128),
              of("A", 1, "R", 5, "N", 100),
              of("A", 1, "R", 1, "N", 7),
              of("A", 2, "R", 2, "N", 1031)));

  /** Over the channels of a picture: rows across memory. */
  static final Family CHANNELS =
      new Family(
          "channels",
          """
          kernel channels(X: f32 [{N},{C},{P}], Y: f32 [{N},{C},{P}])
          for n < {N}, p < {P} alloc M: f32 reg [1] alloc S: f32 reg [1] alloc E: f32 local [{C}] {
            for i < {C} M[0] = reduce max (i) X[n, i, p]
            for i < {C} E[i] = exp(X[n, i, p] - M[0])
            for i < {C} S[0] = reduce + (i) E[i] then 1.0 / acc
            for i < {C} Y[n, i, p] = E[i] * S[0]
          }
          """,
          List.of(
              of("N", 2, "C", 5, "P", 64),
              of("N", 1, "C", 16, "P", 75),
              of("N", 3, "C", 2, "P", 7)));

  static final Family LAYERNORM =
      new Family(
          "layernorm",
          """
          kernel layernorm(X: f32 [{R},{N}], G: f32 [{N}], B: f32 [{N}], Y: f32 [{R},{N}])
          for r < {R} alloc M: f32 reg [1] alloc V: f32 reg [1] {
            for a < {N} M[0] = reduce + (a) X[r, a] then acc / {N}.0
            for b < {N} V[0] = reduce + (b) (X[r, b] - M[0]) * (X[r, b] - M[0])
                then 1.0 / sqrt(acc / {N}.0 + 0.00001)
            for c < {N} Y[r, c] = (X[r, c] - M[0]) * V[0] * G[c] + B[c]
          }
          """,
          List.of(of("R", 3, "N", 256), of("R", 2, "N", 77), of("R", 1, "N", 2)));

  static final Family LSTM =
      new Family(
          "lstm",
          """
          kernel lstm(P: f32 [{T},{B},{G}], R: f32 [{H},{G}], Y: f32 [{T},{B},{H}])
          for b < {B} alloc h: f32 local [{H}] alloc c: f32 local [{H}] alloc q: f32 local [{G}] {
            for u < {H} h[u] = 0.0
            for v < {H} c[v] = 0.0
            scan t < {T} {
              for j < {G}, k < {H} q[j] = reduce + (k) h[k] * R[k, j] from P[t, b, j]
              for w < {H} let cn = sigmoid(q[w + {F}]) * c[w] + sigmoid(q[w]) * tanh(q[w + {D}]) {
                c[w] = cn
                let hn = sigmoid(q[w + {H}]) * tanh(cn) { h[w] = hn Y[t, b, w] = hn }
              }
            }
          }
          """,
          List.of(
              of("T", 3, "B", 2, "H", 16, "G", 64, "F", 32, "D", 48),
              of("T", 2, "B", 1, "H", 5, "G", 20, "F", 10, "D", 15)));

  static final Family ELEMENTWISE =
      new Family(
          "elementwise",
          """
          kernel elementwise(X: f32 [{A},{B},{C}], Z: f32 [{A},{B},{C}], V: f32 [{C}], Y: f32 [{A},{B},{C}])
          for a < {A}, b < {B}, c < {C}
            Y[a, b, c] = max(X[a, b, c] + Z[a, b, c], 0.0) * {V}.0
          """,
          List.of(
              of("A", 4, "B", 5, "C", 16, "V", 2),
              of("A", 1, "B", 1, "C", 1, "V", 1),
              of("A", 7, "B", 11, "C", 173, "V", 3)));

  static final Family BROADCAST =
      new Family(
          "broadcast",
          """
          kernel broadcast(X: f32 [{A},{B},{C}] halo [0,1,1], V: f32 [{B}], Y: f32 [{A},{B},{C}])
          for a < {A}, b < {B}, c < {C}
            Y[a, b, c] = X[a, b, c] * V[b]
          """,
          List.of(of("A", 3, "B", 5, "C", 40), of("A", 2, "B", 3, "C", 7)));

  static final Family TRANSPOSE =
      new Family(
          "transpose",
          """
          kernel transpose(X: f32 [{A},{B},{C}], Y: f32 [{C},{A},{B}])
          for c < {C}, a < {A}, b < {B} Y[c, a, b] = X[a, b, c]
          """,
          List.of(
              of("A", 2, "B", 48, "C", 32),
              of("A", 1, "B", 5, "C", 7),
              of("A", 3, "B", 17, "C", 64)));

  static final Family RESHAPED =
      new Family(
          "reshaped",
          """
          kernel reshaped(X: f32 [{A},{B}], Y: f32 [{AB}])
          for i < {AB} Y[i] = X[i // {B}, i % {B}] + 1.0
          """,
          List.of(of("A", 6, "B", 20, "AB", 120), of("A", 5, "B", 3, "AB", 15)));

  static final Family INTEGERS =
      new Family(
          "integers",
          """
          kernel integers(X: u8 [{N}], W: i64 [{N}], Y: i32 [{N}], Z: bool [{N}], V: i64 [{N}]) {
            for i < {N} Y[i] = i32(X[i]) * 3:i32 - 1:i32
            for j < {N} Z[j] = (W[j] < 4) | (X[j] == 3:u8)
            for k < {N} V[k] = W[k] + k
          }
          """,
          List.of(of("N", 100), of("N", 3), of("N", 64)));

  static final Family ARGMAX =
      new Family(
          "argmax",
          """
          kernel argmax(X: f32 [{A},{N},{C}], I: i64 [{A},{C}])
          for a < {A}, c < {C}, k < {N}
            reduce (k) {
              state best: f32 from 0.0
              state at: i64 from 0
              next best = select((best < X[a, k, c]) | (k == 0), X[a, k, c], best)
              next at = select((best < X[a, k, c]) | (k == 0), k, at)
              I[a, c] = at
            }
          """,
          List.of(of("A", 3, "N", 10, "C", 1), of("A", 2, "N", 5, "C", 24)));

  static final Family GATHER =
      new Family(
          "gather",
          """
          kernel gather(T: f32 [{V},{D}], N: i64 [{R}], Y: f32 [{R},{D}])
          for r < {R}, d < {D} Y[r, d] = T[min(max(N[r], 0), {L}), d]
          """,
          List.of(of("V", 9, "D", 32, "R", 5, "L", 8), of("V", 3, "D", 1, "R", 7, "L", 2)));

  static final Family CUMSUM =
      new Family(
          "cumsum",
          """
          kernel cumsum(X: f32 [{A},{T},{B}], Y: f32 [{A},{T},{B}])
          for a < {A}, b < {B} alloc s: f32 reg [1] {
            s[0] = 0.0
            scan t < {T} { s[0] = s[0] + X[a, t, b] Y[a, t, b] = s[0] }
          }
          """,
          List.of(of("A", 2, "T", 5, "B", 3), of("A", 70, "T", 2, "B", 1)));

  static final Family SCATTER =
      new Family(
          "scatter",
          """
          kernel scatter(I: i64 [{N}], U: f32 [{N},{D}], Y: f32 [9,{D}])
          scan n < {N} scan d < {D} Y[min(max(I[n], 0), 8), d] += U[n, d]
          """,
          List.of(of("N", 6, "D", 4)));

  /** The caller's picture, without a border: the window is clamped. */
  static final Family CLAMPED =
      new Family(
          "clamped",
          """
          kernel clamped(X: f32 [3,{I},{I}], K: f32 [3,3,3,16], Y: f32 [{O},{O},16])
          for oh < {O}, ow < {O}, oi < 16, c < 3, kh < 3, kw < 3
            Y[oh, ow, oi] = reduce + (c, kh, kw)
                select((-1 < oh * 2 + kh - 1) & (oh * 2 + kh - 1 < {I})
                       & ((-1 < ow * 2 + kw - 1) & (ow * 2 + kw - 1 < {I})),
                  X[c, min(max(oh * 2 + kh - 1, 0), {L}), min(max(ow * 2 + kw - 1, 0), {L})], 0.0)
                * K[c, kh, kw, oi]
          """,
          List.of(of("I", 20, "O", 10, "L", 19), of("I", 7, "O", 4, "L", 6)));

  static final Family POINTS =
      new Family(
          "points",
          """
          kernel points(D: f32 [{A},{B},16], V: f32 [{A},{B},16])
          const BT: f32 [4,4] = (1.0, 0.0, -1.0, 0.0, 0.0, 1.0, 1.0, 0.0,
                                 0.0, -1.0, 1.0, 0.0, 0.0, 1.0, 0.0, -1.0)
          for a < {A} alloc T: f32 reg [4,16] {
            for x < 4, l < 16, i < 4 T[x, l] = reduce + (i) D[a, i, l] * BT[x, i]
            for y < 4, m < 16, k < 4 V[a, y, m] = reduce + (k) T[k, m] * BT[y, k]
          }
          """,
          List.of(of("A", 3, "B", 4)));

  static List<Family> all() {
    return List.of(
        CONV,
        CONV_IN_BORDERS,
        CONV1X1,
        DEPTHWISE,
        GEMM,
        TRANSPOSED,
        POOL,
        AVERAGE,
        SOFTMAX,
        CHANNELS,
        LAYERNORM,
        LSTM,
        ELEMENTWISE,
        BROADCAST,
        TRANSPOSE,
        RESHAPED,
        INTEGERS,
        ARGMAX,
        GATHER,
        CUMSUM,
        SCATTER,
        CLAMPED,
        POINTS);
  }
}
