package dev.nncc.tensor.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.text.Parser;
import dev.nncc.tensor.text.Printer;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The schedules of the families, written by hand: each directive where it is needed. */
class HandScheduleTest {
  static void check(String text, String schedule) {
    Kernel naive = Parser.parse(text);
    Kernel done = Schedule.apply(naive, schedule);
    assertThat(Emittable.problem(done)).as(Printer.print(done)).isEmpty();
    Kernels.assertSame(naive, done, 9, Map.of(), schedule);
    Kernels.assertPrints(done);
  }

  @Test
  void directConvolution() {
    check(
        Families.CONV.at(Map.of("IB", 2, "BO", 1, "OB", 2, "G", 2, "H", 3, "W", 28)),
        """
        split ob 2 -> bo bi; split ow 14 -> wo wi
        reorder bo oh wo ib kh kw ii wi bi oi
        unroll wi bi; vectorise oi
        fuse bo oh -> p; parallel p
        accumulate Y at wo as acc
        """);
  }

  private static final String HINTED =
      """
      kernel hinted(X: f32 [2,6], W: f32 [3,6,16], Y: f32 [3,2,16])
      for g < 3 {
        for h < 9 prefetch 1 W[g + 1, 0, h * 16]
        for m < 2, n < 16, k < 6 Y[g, m, n] = reduce + (k) X[m, k] * W[g, k, n]
      }
      """;

  private static final String TWO_STEPS =
      """
      split k 2 -> ks ku; reorder ks ku m n
      unroll ku m; vectorise n
      accumulate Y at g as acc
      """;

  @Test
  void hintsMayBeForIterationsOfALoopAround() {
    String rows =
        """
        kernel rows(X: f32[64], W: f32[40,64], Y: f32[40])
          for n < 40, k < 64 Y[n] = reduce + (k) X[k] * W[n, k]
        """;
    String script = "split n 5 -> nx nr; prefetch W at k by 1 of nx";
    assertThat(Printer.print(Schedule.apply(Parser.parse(rows), script)))
        .contains("prefetch 1 W[((nr + (nx * 5)) + 5), k]");
  }

  /** Each line of the next tile once: sixteen numbers a line, and four steps of two rounds. */
  @Test
  void hintsBehindALoopAreForTheNextTile() {
    String rows =
        """
        kernel rows(X: f32[64], W: f32[4,64,8], Y: f32[4,8])
          for n < 4, i < 8, k < 64 Y[n, i] = reduce + (k) X[k] * W[n, k, i]
        """;
    String script =
        "split k 4 -> ks ku; reorder n ks ku i; unroll ku; vectorise i; accumulate Y at n as acc; ";
    Kernel k = Schedule.apply(Parser.parse(rows), script + "prefetch W behind ks of n for 2");
    String text = Printer.print(k);
    assertThat(text.split("prefetch 1 ", -1)).hasSize(1 + 4);
    assertThat(text.indexOf("prefetch 1 W[(n + 1), 0, 0]")).isGreaterThan(text.indexOf("+="));
    assertThat(text).contains("prefetch 1 W[(n + 1), 6, 0]");
    assertThatThrownBy(
            () -> Schedule.apply(Parser.parse(rows), script + "prefetch X behind ks of n for 2"))
        .hasMessageContaining("does not move");
  }

  @Test
  void hintsAreSpreadOverTheStepsBehindThem() {
    check(HINTED, TWO_STEPS + "spread h");
    String text = Printer.print(Schedule.apply(Parser.parse(HINTED), TWO_STEPS + "spread h"));
    assertThat(text)
        .contains("for ks < 3 {\n        unroll h < 3 {")
        .contains("prefetch 1 W[(g + 1), 0, ((h * 16) + (ks * 48))]");
  }

  @Test
  void hintsStayWhereNothingRunsBehindThem() {
    Kernel unrolled = Schedule.apply(Parser.parse(HINTED), "unroll m n k");
    assertThatThrownBy(() -> Schedule.apply(unrolled, "spread h")).isInstanceOf(Illegal.class);
    assertThatThrownBy(() -> Schedule.apply(unrolled, "spread m")).isInstanceOf(Illegal.class);
  }

  @Test
  void productOfPairs() {
    check(
        Kernels.PAIRS,
        """
        tensorise j
        reorder m k n; split m 3 -> mo mi; reorder mo k mi n
        unroll mi; vectorise n
        accumulate C at mo as acc
        """);
  }

  @Test
  void pairsAreWholeAndAlone() {
    refused("f32(A[m, k * 2 + j]) * f32(W[k, n, 0])", "not in pairs");
    refused("f32(A[m, k * 2 + j]) * f32(W[k, j, n // 8])", "outer dimension");
    refused("f32(A[m, k + j]) * f32(W[k, n, j])", "not in pairs");
    refused("f32(A[m, k * 2 + j]) * f32(A[m, j])", "one array");
    refused("f32(A[m, k * 2 + j] * W[k, n, j])", "not a sum of products");
  }

  private static void refused(String value, String why) {
    Kernel k = Parser.parse(Kernels.PAIRS.replace("f32(A[m, k * 2 + j]) * f32(W[k, n, j])", value));
    assertThatThrownBy(() -> Schedule.apply(k, "tensorise j")).hasMessageContaining(why);
  }

  @Test
  void pointwiseConvolutionWithAPeeledTile() {
    check(
        Families.CONV1X1.at(Map.of("IB", 2, "BO", 2, "OB", 4, "H", 7)),
        """
        split ob 2 -> bo bi; fuse oh ow -> p
        reorder bo p ib ii bi oi
        parallel bo
        peel p 42
        split p 14 -> po pi; split p_t 7 -> po_t pi_t
        reorder po ib ii pi bi oi
        unroll pi bi; vectorise oi
        accumulate Y at po as acc
        reorder po_t ib_t ii_t pi_t bi_t oi_t
        unroll pi_t bi_t; vectorise oi_t
        accumulate Y at po_t as acc_t
        """);
  }

  @Test
  void depthwise() {
    check(
        Families.DEPTHWISE.at(Map.of("C", 2, "I", 14, "O", 14, "S", 1)),
        """
        split ow 14 -> wo wi
        reorder c oh wo kh wi kw ci
        unroll kh kw wi; vectorise ci
        fuse c oh -> p; parallel p
        accumulate Y at wo as acc
        """);
  }

  @Test
  void matrixProductInPanelsWithAChunkedDepthAndPackedRows() {
    String gemm = Families.GEMM.at(Map.of("M", 16, "N", 96, "NP", 2, "P", 48, "K", 32));
    check(
        gemm,
        """
        split n 48 -> no nr; split nr 16 -> nb ni; split m 8 -> mo mi; split k 4 -> ko ki
        reorder no mo ko ki mi nb ni
        unroll ki mi nb; vectorise ni
        parallel no
        accumulate C at mo as acc
        """);
    check(
        gemm,
        """
        split n 48 -> no nr; split nr 16 -> nb ni; split m 8 -> mo mi; split k 16 -> kc kk
        reorder no kc mo kk mi nb ni
        unroll mi nb; vectorise ni
        parallel no
        accumulate C at mo as acc
        prefetch B at kk by 4
        pack A at mo as PA order 1 0
        """);
  }

  @Test
  void maximaOfColumnsThenOfRows() {
    check(
        """
        kernel pool(X: f32 [2,28,28,16] halo [0,1,1,0], Y: f32 [2,14,14,16])
        for c < 2, oh < 14, wo < 2 alloc R: f32 reg [15,16] {
          for j < 15, l < 16, kh < 3
            R[j, l] = reduce max (kh) X[c, oh * 2 + kh - 1, wo * 14 + j - 1, l]
          for wi < 7, m < 16, kw < 3
            Y[c, oh, wo * 7 + wi, m] = reduce max (kw) R[wi * 2 + kw, m]
        }
        """,
        """
        reorder j kh l; reorder wi kw m
        unroll j kh wi kw; vectorise l; vectorise m
        fuse c oh -> p; parallel p
        accumulate R at wo as r
        accumulate Y at wo as y
        """);
  }

  @Test
  void softmaxWithTheRowInRegisters() {
    check(
        """
        kernel softmax(X: f32 [3,100], Y: f32 [3,100])
        for r < 3 alloc M: f32 reg [1] alloc S: f32 reg [1] alloc E: f32 local [100] {
          for a < 100 M[0] = reduce max (a) X[r, a]
          for b < 100 E[b] = exp(X[r, b] - M[0])
          for c < 100 S[0] = reduce + (c) E[c] then 1.0 / acc
          for d < 100 Y[r, d] = E[d] * S[0]
        }
        """,
        """
        promote E
        split a 16 -> ao ai guard; split b 16 -> bo bi guard
        split c 16 -> co ci guard; split d 16 -> do di guard
        vectorise ai; vectorise bi; vectorise ci; vectorise di
        unroll ao bo co do
        parallel r
        accumulate M at r as m private ao
        accumulate S at r as s private co
        """);
  }

  @Test
  void layerNormWithPartialSums() {
    check(
        Families.LAYERNORM.at(Map.of("R", 3, "N", 256)),
        """
        split a 128 -> ao ax; split ax 16 -> ap ai
        split b 128 -> bo bx; split bx 16 -> bp bi; split c 64 -> co cx; split cx 16 -> cp ci
        vectorise ai; vectorise bi; vectorise ci
        unroll ap bp cp
        parallel r
        accumulate M at r as m private ap
        accumulate V at r as v private bp
        """);
  }

  @Test
  void recurrenceWithGatesAndCellsMerged() {
    check(
        """
        kernel lstm(P: f32 [3,8,4,16], R: f32 [2,128,4,4,16], H: f32 [4,128], C: f32 [8,16])
        scan t < 3 alloc G: f32 local [8,4,16] {
          for j < 8, g < 4, l < 16, k < 128
            G[j, g, l] = reduce + (k) H[t, k] * R[j // 4, k, j % 4, g, l] from P[t, j, g, l]
          for i < 8, m < 16 {
            C[i, m] = sigmoid(G[i, 1, m]) * C[i, m] + sigmoid(G[i, 0, m]) * tanh(G[i, 2, m])
            H[t + 1, i * 16 + m] = sigmoid(G[i, 3, m]) * tanh(C[i, m])
          }
        }
        """,
        """
        split j 4 -> jo ji; split k 4 -> ko ki
        reorder jo ko ki ji g l
        unroll ki ji g; vectorise l; vectorise m
        accumulate G at jo as acc
        split i 4 -> io iu; merge jo io; unroll iu
        """);
  }

  @Test
  void tilesOfTwoAxes() {
    check(
        "kernel copy(X: f32 [8,12], Y: f32 [12,8]) for a < 8, b < 12 Y[b, a] = X[a, b]",
        "tile a b 4 4 -> ao bo ai bi; unroll ai; parallel ao");
  }

  @Test
  void anEpilogueIsInlined() {
    Kernel done = Schedule.apply(Parser.parse(Kernels.BIAS), "inline T");
    assertThat(Printer.print(done)).contains("then max(acc, 0.0)").doesNotContain("alloc");
  }

  @Test
  void refusalsSayWhy() {
    Kernel gemm = Parser.parse(Kernels.GEMM);
    assertThatThrownBy(() -> Schedule.apply(gemm, "split m 4 -> a b"))
        .isInstanceOf(Illegal.class)
        .hasMessageContaining("split m 4 -> a b: 4 does not divide the extent")
        .hasMessageContaining("for m < 6");
    assertThatThrownBy(() -> Schedule.apply(gemm, "parallel k"))
        .hasMessageContaining("not the outermost loop");
    assertThatThrownBy(() -> Schedule.apply(gemm, "fuse n k -> x"))
        .hasMessageContaining("one loop reduces, the other does not");
    assertThatThrownBy(() -> Schedule.apply(gemm, "split m 2 -> n x"))
        .hasMessageContaining("the name n is taken");
    assertThatThrownBy(() -> Schedule.apply(gemm, "twist m")).hasMessageContaining("twist");
    assertThatThrownBy(() -> Schedule.apply(Parser.parse(Kernels.SCAN), "vectorise t"))
        .hasMessageContaining("a scan loop stays one");
  }
}
