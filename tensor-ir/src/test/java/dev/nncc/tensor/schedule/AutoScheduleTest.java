package dev.nncc.tensor.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.ir.Stmt.If;
import dev.nncc.tensor.ir.Stmt.Kind;
import dev.nncc.tensor.text.Parser;
import dev.nncc.tensor.text.Printer;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class AutoScheduleTest {
  private static final List<Machine> MACHINES =
      List.of(Machine.AVX512, Machine.AVX2, Machine.SSE, Machine.NEON);

  @TestFactory
  Stream<DynamicTest> keepsTheMeaningAndCanBeEmitted() {
    return Families.all().stream().map(f -> DynamicTest.dynamicTest(f.name(), () -> check(f)));
  }

  private static void check(Families.Family f) {
    for (Machine m : MACHINES) {
      for (Map<String, Integer> sizes : f.sizes()) {
        Kernel naive = Parser.parse(f.at(sizes));
        AutoSchedule.Scheduled s = AutoSchedule.schedule(naive, m);
        String how = f.name() + " " + sizes + " for " + m.name() + "\n" + s.script();
        assertThat(Emittable.problem(s.kernel())).as(how).isEmpty();
        checkVectors(s.kernel(), m, how);
        Kernels.assertSame(naive, s.kernel(), 3, Map.of(), how);
        Kernels.assertPrints(s.kernel());
      }
    }
  }

  @TestFactory
  Stream<DynamicTest> alsoTheKernelsOfTheDirectives() {
    return Kernels.all().stream()
        .map(t -> DynamicTest.dynamicTest(t.split("\\(")[0], () -> checkAll(t)));
  }

  private static void checkAll(String text) {
    for (Machine m : MACHINES) {
      Kernel naive = Parser.parse(text);
      AutoSchedule.Scheduled s = AutoSchedule.schedule(naive, m);
      Kernels.assertSame(naive, s.kernel(), 4, Map.of(), m.name() + "\n" + s.script());
    }
  }

  @Test
  void openExtentsStayLoops() {
    String text =
        """
        kernel open(X: f32 [9,32], W: f32 [32,20], Y: f32 [9,20], Z: f32 [9,32]) dims (n, m) {
          for i < n, j < 20, k < 32 Y[i, j] = reduce + (k) X[i, k] * W[k, j]
          for a < n, b < m Z[a, b] = X[a, b] * 2.0
          for c < n * 2, d < 4 if c < n Z[c, d] += 1.0
        }
        """;
    for (Machine m : MACHINES) {
      Kernel naive = Parser.parse(text);
      AutoSchedule.Scheduled s = AutoSchedule.schedule(naive, m);
      for (long n = 1; n < 9; n += 3) {
        Kernels.assertSame(naive, s.kernel(), n, Map.of("n", n, "m", 3 * n), s.script());
      }
    }
    Kernel one =
        Parser.parse("kernel o(X: f32 [64,8]) dims (n) for i < n, j < 8 X[i, j] = X[i, j] + 1.0");
    assertThat(AutoSchedule.schedule(one, Machine.AVX2).parExtent()).isEqualTo(-1);
  }

  /** Stores to both halves of an axis keep apart; to halves that overlap they do not. */
  @Test
  void halvesOfAnAxisAreWrittenInParallel() {
    String text =
        """
        kernel h(X: f32 [64,4], Y: f32 [128,4]) for i < 32 {
          for b < 2, l < 4 Y[i * 2 + b, l] = X[i * 2 + b, l]
          for c < 2, m < 4 Y[i * 2 + c + 64, m] = X[i * 2 + c, m] * 2.0
        }
        """;
    Machine m = Machine.AVX512;
    assertThat(AutoSchedule.schedule(Parser.parse(text), m).parExtent()).isEqualTo(32);
    assertThat(AutoSchedule.schedule(Parser.parse(text.replace("+ 64", "+ 62")), m).parExtent())
        .isEqualTo(1);
  }

  /** Together they are more code than a kernel has by the rule; none is left without vectors. */
  @Test
  void nestsThatAreMuchCodeTogetherHaveVectorsAllTheSame() {
    StringBuilder nests = new StringBuilder();
    for (int i = 0; i < 40; i++) {
      nests.append(
          "for i < 9, j < 32, k < 32 Y[%d, i, j] = reduce + (k) X[%d, i, k] * W[k, j]%n"
              .formatted(i, i));
    }
    String text =
        "kernel n(X: f32 [40,9,32], W: f32 [32,32], Y: f32 [40,9,32]) {\n%s}".formatted(nests);
    Kernel k = AutoSchedule.schedule(Parser.parse(text), Machine.AVX512).kernel();
    assertThat(Emittable.statements(k.body())).isGreaterThan(2000);
    assertThat(Nests.loops(k.body())).filteredOn(f -> f.kind() == Kind.VEC).hasSizeGreaterThan(79);
  }

  /** What a kernel becomes; a change here changes the code of every model. */
  @Test
  void aConvolutionIsTiledByFourteenPixelsAndTwoBlocks() {
    Map<String, Integer> sizes = Map.of("IB", 4, "BO", 2, "OB", 4, "G", 2, "H", 56, "W", 56);
    assertThat(
            AutoSchedule.schedule(Parser.parse(Families.CONV.at(sizes)), Machine.AVX512).script())
        .isEqualTo(
            """
            split ob 2 -> obo obi
            fuse kw ii -> kwii
            split ow 14 -> owx owr
            split kwii 2 -> kwiis kwiiu
            reorder oh obo owx ib kh kwiis kwiiu owr obi oi
            unroll kwiiu
            unroll obi
            unroll owr
            vectorise oi
            fuse oh obo -> p
            parallel p
            accumulate Y at owx as acc
            """);
  }

  @Test
  void rowsOfTheWindowOnABorderAreLeftOutByOneBranchForAll() {
    String text =
        Families.CONV_IN_BORDERS.at(Map.of("IB", 4, "BO", 2, "OB", 4, "G", 2, "H", 14, "W", 14));
    Kernel k = AutoSchedule.schedule(Parser.parse(text), Machine.AVX512).kernel();
    assertThat(Printer.print(k)).containsPattern("for kh < 3 \\{\\s+if ").doesNotContain("select");
    assertThat(Nests.loops(k.body())).extracting(For::var).contains("ow").doesNotContain("owx");
  }

  /**
   * Tiles of two sizes would be too much code for a window of 25 taps: one size, not plain loops.
   */
  @Test
  void aLargeWindowIsTiledByOneSize() {
    String text =
        """
        kernel conv(W: f32 [3,5,5,16],
            X: f32 [1,3,56,80,16] lo [0,0,2,2,0] hi [0,0,1,1,0], B: f32 [48],
            Y: f32 [1,3,28,40,16])
        for c < 3, h < 28, w < 40, l < 16, kh < 5, kw < 5
          Y[0, c, h, w, l] = reduce + (kh, kw)
              X[0, c, h * 2 + kh - 2, w * 2 + kw - 2, l] * W[c, kh, kw, l]
              from B[c * 16 + l] then select(c * 16 + l < 40, max(0.0, acc), 0.0)
        """;
    String script = AutoSchedule.schedule(Parser.parse(text), Machine.AVX512).script();
    assertThat(script).contains("vectorise l").contains("split w ").doesNotContain("peel");
  }

  @Test
  void aMatrixProductUsesThePanel() {
    Map<String, Integer> sizes = Map.of("M", 128, "N", 3072, "NP", 64, "P", 48, "K", 768);
    assertThat(
            AutoSchedule.schedule(Parser.parse(Families.GEMM.at(sizes)), Machine.AVX512).script())
        .isEqualTo(
            """
            split n 48 -> no ni
            split ni 16 -> niq nil
            split m 8 -> mx mr
            split k 4 -> ks ku
            reorder no mx ks ku mr niq nil
            unroll ku
            unroll mr
            unroll niq
            vectorise nil
            parallel no
            accumulate C at mx as acc
            prefetch B at ks by 43
            """);
  }

  /**
   * Prefetchers lose a load that comes again 2 KiB on; weights whose rows lie far apart are left.
   */
  @Test
  void weightsThatAreReadOnceGoInShortSteps() {
    String one =
        """
        kernel one(X: f32 [256], W: f32 [16,256,64], Y: f32 [16,64]) {
          for p < 16, j < 64, k < 256 Y[p, j] = reduce + (k) X[k] * W[p, k, j]
        }
        """;
    assertThat(AutoSchedule.schedule(Parser.parse(one), Machine.AVX512).script().toString())
        .contains("split k 4 ");
    String strided =
        """
        kernel strided(X: f32 [256], W: f32 [256,1024], Y: f32 [1024]) {
          for j < 1024, k < 256 Y[j] = reduce + (k) X[k] * W[k, j]
        }
        """;
    assertThat(AutoSchedule.schedule(Parser.parse(strided), Machine.AVX512).script().toString())
        .contains("split k 8 ");
  }

  /** The same tile as for f32, half the steps; weights in pairs along the depth. */
  @Test
  void aProductOfPairsUsesTheInstruction() {
    Kernel k =
        Parser.parse(
            """
            kernel gemm(A: bf16 [128,768], B: bf16 [64,384,48,2], C: f32 [128,3072])
            for m < 128, n < 3072, k < 768
              C[m, n] = reduce + (k) f32(A[m, k]) * f32(B[n // 48, k // 2, n % 48, k % 2])
            """);
    assertThat(AutoSchedule.schedule(k, Machine.AVX512.withPairs(true)).script())
        .isEqualTo(
            """
            split n 48 -> no ni
            split k 2 -> ko ki
            tensorise ki
            split ni 16 -> niq nil
            split m 8 -> mx mr
            split ko 4 -> kos kou
            reorder no mx kos kou mr niq nil
            unroll kou
            unroll mr
            unroll niq
            vectorise nil
            parallel no
            accumulate C at mx as acc
            prefetch B at kos by 43
            """);
    assertThat(AutoSchedule.schedule(k, Machine.AVX512).script()).doesNotContain("tensorise");
  }

  /** While functions of the sums are computed, the next tile's first weights come. */
  @Test
  void functionsBehindSumsHideTheNextTilesFirstLines() {
    String text =
        """
        kernel step(X: f32 [1024], W: bf16 [64,512,16,2], Y: f32 [1024])
        for u < 64, i < 16, k < 512, p < 2
          Y[u * 16 + i] = reduce + (k, p) X[k * 2 + p] * f32(W[u, k, i, p])
            then tanh(exp(acc) + exp(2.0 * acc))
        """;
    Kernel k = Parser.parse(text);
    AutoSchedule.Scheduled s = AutoSchedule.schedule(k, Machine.AVX512);
    assertThat(s.script()).containsPattern("prefetch W behind \\w+ of \\w+ for \\d+\n");
    assertThat(AutoSchedule.replay(k, s.script())).isEqualTo(s.kernel());
    Kernel plain = Parser.parse(text.replace("tanh(exp(acc) + exp(2.0 * acc))", "acc"));
    assertThat(AutoSchedule.schedule(plain, Machine.AVX512).script()).doesNotContain("behind");
  }

  /** Rows against rows: neither lies in pairs of its own, both do along the depth. */
  @Test
  void aProductOfRowsIsTakenInPairs() {
    Kernel k =
        Parser.parse(
            """
            kernel scores(Q: bf16 [32,64], K: bf16 [32,64], S: f32 [32,32])
            for m < 32, n < 32, k < 64 S[m, n] = reduce + (k) f32(Q[m, k]) * f32(K[n, k])
            """);
    AutoSchedule.Scheduled s = AutoSchedule.schedule(k, Machine.AVX512.withPairs(true));
    assertThat(s.script()).startsWith("split k 2 -> kq kp\ntensorise kp\n");
    Kernels.assertSame(k, s.kernel(), 5, Map.of(), s.script());
  }

  @Test
  void anOddLengthIsCutIntoChunksOfVectors() {
    Kernel k =
        Parser.parse("kernel e(X: f32 [99033], Y: f32 [99033]) for i < 99033 Y[i] = X[i] + 1.0");
    AutoSchedule.Scheduled s = AutoSchedule.schedule(k, Machine.AVX2);
    assertThat(s.parExtent()).isEqualTo(64);
    assertThat(s.script()).startsWith("split i 1568 -> p ic ragged\nparallel p\n");
  }

  /** A short window does not use up the lines that a tile across the rows would bring in. */
  @Test
  void tilesOfAPictureInRowsLieAlongThem() {
    Kernel k =
        Parser.parse(
            """
            kernel p(X: f32 [12,210,212], W: f32 [12,3,3,16], Y: f32 [208,208,16])
              for i < 208, j < 208, o < 16, c < 12, a < 3, b < 3
                Y[i, j, o] = reduce + (c, a, b) X[c, i + a, j + b] * W[c, a, b, o]
            """);
    assertThat(AutoSchedule.schedule(k, Machine.AVX512).script()).contains("split j 13 ");
  }

  /** Rows that share a part of the window follow each other, pictures of few columns or not. */
  @Test
  void rowsUnderAWindowFollowEachOther() {
    String text =
        """
        kernel pool(X: f32 [52,7,7,16] lo [0,1,1,0] hi [0,1,1,0], Y: f32 [52,7,7,16])
          for c < 52, i < 7, j < 7, l < 16, a < 3, b < 3
            Y[c, i, j, l] = reduce max (a, b) X[c, i + a - 1, j + b - 1, l]
        """;
    assertThat(AutoSchedule.schedule(Parser.parse(text), Machine.AVX512).script())
        .contains("split c 2 -> cx cr\n")
        .contains("reorder cx i ");
  }

  /** Each step along the channels has code of its own, so that blocks and lanes are known. */
  @Test
  void aSumAlongChannelsInBlocksIsWrittenOut() {
    String text =
        """
        kernel sums(X: f32 [12,56,56,16], Y: f32 [12,56,56,16] lo [0,0,0,0] hi [0,1,1,0])
          for b < 12, i < 56, j < 56, l < 16, k < 5
            Y[b, i, j, l] = reduce + (k)
                X[max(b * 16 + l + k - 2, 0) // 16, i, j, max(b * 16 + l + k - 2, 0) % 16]
        """;
    assertThat(AutoSchedule.schedule(Parser.parse(text), Machine.AVX512).script())
        .contains("unroll k\n")
        .contains("vectorise l\n");
  }

  private static String product(int in, int groups, int together, int rows) {
    return AutoSchedule.schedule(
            Parser.parse(
                """
                kernel conv(X: f32 [%1$d,%4$d,%4$d,16] lo [0,1,1,0] hi [0,1,1,0],
                    W: f32 [%2$d,%1$d,16,%3$d,16], Y: f32 [%2$d,%3$d,%4$d,%4$d,16])
                  for g < %2$d, b < %3$d, i < %4$d, j < %4$d, o < 16, c < %1$d, d < 16
                    Y[g, b, i, j, o] = reduce + (c, d) X[c, i, j, d] * W[g, c, d, b, o]
                """
                    .formatted(in, groups, together, rows)),
            Machine.AVX512)
        .script();
  }

  /** A load for each multiply-add leaves no time to hide either. */
  @Test
  void aTileReusesWhatItLoads() {
    assertThat(product(16, 5, 3, 35)).contains("unroll b\n").doesNotContain("split i ");
  }

  /** Weights that come from memory are waited for by the first pass over them alone. */
  @Test
  void aTileIsALargePartOfASmallPictureWhereWeightsAreMany() {
    assertThat(product(52, 14, 2, 7)).contains("peel i ");
  }

  /** Where blocks of channels alone are few, tiles are chunks too, the last one smaller. */
  @Test
  void tilesOfASmallPictureAreChunksWhereGroupsOfWeightsAreFew() {
    assertThat(product(60, 5, 2, 7)).contains(" ragged", "fuse g ").doesNotContain("peel ");
  }

  /** Functions of a tile's sums leave the next tile time to begin: it need not be large. */
  @Test
  void functionsBehindAWindowLetTilesBeSmall() {
    String text =
        """
        kernel conv(X: f32 [72,7,7,16] lo [0,2,2,0] hi [0,2,2,0], W: f32 [72,5,5,16],
            Y: f32 [72,7,7,16])
          for b < 72, i < 7, j < 7, l < 16, u < 5, v < 5
            Y[b, i, j, l] = reduce + (u, v)
                X[b, i + u - 2, j + v - 2, l] * W[b, u, v, l] then FUNCTION
        """;
    assertThat(script(text.replace("FUNCTION", "max(acc, 0.0)"))).contains("split b 2 ");
    assertThat(script(text.replace("FUNCTION", "acc * sigmoid(acc)"))).doesNotContain("split b ");
  }

  private static String script(String text) {
    return AutoSchedule.schedule(Parser.parse(text), Machine.AVX512).script();
  }

  /** What a window reads several times stays where it is: hints for it are work for nothing. */
  @Test
  void rowsThatAWindowReadsAgainHaveNoHints() {
    String text =
        """
        kernel conv(X: f32 [2,178,90,16], W: f32 [2,7,48], Y: f32 [172,88])
          for i < 172, j < 88, c < 2, a < 7, d < 48
            Y[i, j] = reduce + (c, a, d) X[c, i + a, j + d // 16, d % 16] * W[c, a, d]
        """;
    assertThat(AutoSchedule.schedule(Parser.parse(text), Machine.AVX512).script())
        .contains("vectorise ")
        .doesNotContain("prefetch X");
  }

  private static void checkVectors(Kernel k, Machine m, String how) {
    for (For f : Nests.loops(k.body())) {
      if (f.kind() == Kind.VEC) {
        assertThat(f.trip() * Work.widest(f.body())).as(how).isLessThanOrEqualTo(m.vectorBytes());
        f.body()
            .rewrite(
                s -> {
                  boolean masked = s instanceof If i && Exprs.mentions(i.condition(), f.var());
                  assertThat(masked && !m.masks()).as(how).isFalse();
                  return s;
                });
      }
    }
  }
}
