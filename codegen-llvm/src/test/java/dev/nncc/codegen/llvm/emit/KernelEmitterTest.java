package dev.nncc.codegen.llvm.emit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.codegen.llvm.toolchain.LlvmTarget;
import dev.nncc.codegen.llvm.toolchain.Machine;
import dev.nncc.tensor.text.Parser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KernelEmitterTest {
  private static final LlvmTarget ZEN = LlvmTarget.of(Machine.X86_64, "znver5");

  static final String CONVOLUTION =
      """
      kernel conv(X: f32[4,56,56,16] halo [0,1,1,0], W: f32[2,4,3,3,16,2,16], B: f32[4,16],
                  Y: f32[4,56,56,16] halo [0,1,1,0])
      par p < 112
        for q < 4
          alloc a: f32 reg [2,14,16] {
            unroll j < 2 unroll t < 14 vec v < 16 a[j, t, v] = B[p // 56 * 2 + j, v]
            for ib < 4 for kh < 3 for kw < 3 for ii < 16
              unroll t < 14 unroll j < 2 vec v < 16
                a[j, t, v] += X[ib, p % 56 + kh - 1, q * 14 + t + kw - 1, ii]
                              * W[p // 56, ib, kh, kw, ii, j, v]
            unroll j < 2 unroll t < 14 vec v < 16
              Y[p // 56 * 2 + j, p % 56, q * 14 + t, v] = max(0.0, a[j, t, v])
          }
      """;

  @Test
  void convolutionTileKeepsItsAccumulatorsInRegisters() {
    String asm = Compiled.assembly(Parser.parse(CONVOLUTION), ZEN);
    String inner = loopWith(asm, "vfmadd");
    assertThat(count(inner, "vfmadd")).isEqualTo(28);
    // Two vectors of weights, fourteen broadcasts, and no more than the loop's own arithmetic.
    assertThat(count(inner, "vbroadcastss")).isEqualTo(14);
    assertThat(count(inner, "vmovaps")).isEqualTo(2);
    assertThat(inner).doesNotContain("rsp");
    assertThat(inner.lines().count()).isLessThan(52);
    assertThat(count(asm, "vmaxps")).isEqualTo(28);
    assertThat(asm).doesNotContain("vcmpunord");
  }

  @Test
  void tileForShorterVectorsKeepsItsAccumulatorsInRegisters() {
    String kernel =
        """
        kernel gemm(A: f32[64,64], B: f32[4,64,16], C: f32[64,64])
        par n < 4 for m < 16
          alloc a: f32 reg [4,2,8] {
            unroll i < 4 unroll j < 2 vec v < 8 a[i, j, v] = 0.0
            for k < 64 unroll i < 4 unroll j < 2 vec v < 8
              a[i, j, v] += A[m * 4 + i, k] * B[n, k, j * 8 + v]
            unroll i < 4 unroll j < 2 vec v < 8 C[m * 4 + i, n * 16 + j * 8 + v] = a[i, j, v]
          }
        """;
    LlvmTarget v3 = LlvmTarget.of(Machine.X86_64, "x86-64-v3");
    String inner = loopWith(Compiled.assembly(Parser.parse(kernel), v3), "vfmadd");
    assertThat(count(inner, "vfmadd")).isEqualTo(8);
    assertThat(inner).doesNotContain("rsp");
  }

  @Test
  void longestLoopOfATileIsWrittenOutermost() {
    String kernel =
        """
        kernel gemm(A: f32[104,64], B: f32[4,64,32], C: f32[104,128])
        par n < 4 for m < 8
          alloc a: f32 reg [2,13,16] {
            unroll j < 2 unroll i < 13 vec v < 16 a[j, i, v] = 0.0
            for k < 64 unroll j < 2 unroll i < 13 vec v < 16
              a[j, i, v] += A[m * 13 + i, k] * B[n, k, j * 16 + v]
            unroll j < 2 unroll i < 13 vec v < 16 C[m * 13 + i, n * 32 + j * 16 + v] = a[j, i, v]
          }
        """;
    String inner = loopWith(Compiled.assembly(Parser.parse(kernel), ZEN), "vfmadd");
    assertThat(count(inner, "vfmadd")).isEqualTo(26);
    assertThat(inner).doesNotContain("rsp");
  }

  /** Loads of neighbouring steps are not moved together: the full tile has no register for them. */
  @Test
  void stepsOfAFullTileAreKeptApart() {
    String kernel =
        """
        kernel gemm(A: f32[8,14,16], B: f32[8,16,32], C: f32[14,32])
        par n < 1
          alloc a: f32 reg [14,2,16] {
            unroll i < 14 unroll j < 2 vec v < 16 a[i, j, v] = 0.0
            for c < 8 for s < 8 unroll u < 2 unroll i < 14 unroll j < 2 vec v < 16
              a[i, j, v] += A[c, i, s * 2 + u] * B[c, s * 2 + u, j * 16 + v]
            unroll i < 14 unroll j < 2 vec v < 16 C[i, j * 16 + v] = a[i, j, v]
          }
        """;
    String inner = loopWith(Compiled.assembly(Parser.parse(kernel), ZEN), "vfmadd");
    assertThat(count(inner, "vfmadd")).isEqualTo(56);
    assertThat(inner).doesNotContain("rsp");
  }

  /**
   * Taps of a window share elements; a tile of 24 accumulators cannot keep them from tap to tap.
   */
  @Test
  void tapsOfALargeTileShareNoLoads() {
    String kernel =
        """
        kernel conv(X: f32[3,7,321], W: f32[3,3,3,16], Y: f32[3,160,16])
        par p < 1 for x < 20
          alloc a: f32 reg [3,8,16] {
            unroll i < 3 unroll j < 8 vec v < 16 a[i, j, v] = 0.0
            for c < 3 for kh < 3 unroll kw < 3 unroll i < 3 unroll j < 8 vec v < 16
              a[i, j, v] += X[c, i * 2 + kh, x * 16 + j * 2 + kw] * W[c, kh, kw, v]
            unroll i < 3 unroll j < 8 vec v < 16 Y[i, x * 8 + j, v] = a[i, j, v]
          }
        """;
    String inner = loopWith(Compiled.assembly(Parser.parse(kernel), ZEN), "vfmadd");
    assertThat(count(inner, "vfmadd")).isEqualTo(72);
    assertThat(inner).doesNotContain("rsp");
  }

  @Test
  void requantisationNeedsNoSpecialCases() {
    String kernel =
        """
        kernel requant(C: i32[64,16], S: f32[16], Q: u8[64,16])
        par p < 64 vec i < 16
          Q[p, i] = u8(min(max(round(f32(C[p, i]) * S[i] + 3.0), 0.0), 255.0))
        """;
    String inner = loopWith(Compiled.assembly(Parser.parse(kernel), ZEN), "vcvtdq2ps");
    for (String one : new String[] {"vrndscaleps", "vmaxps", "vminps", "vcvttps2dq", "vpmovdb"}) {
      assertThat(count(inner, one)).as(one).isEqualTo(1);
    }
    assertThat(inner).doesNotContain("vcmp");
  }

  @Test
  void functionsOfVectorsCallNothing() {
    String kernel =
        """
        kernel functions(X: f32[64,16])
        par p < 64 vec i < 16
          X[p, i] = exp(X[p, i]) + log(X[p, i]) + tanh(X[p, i]) + sigmoid(X[p, i]) + erf(X[p, i])
        """;
    for (String cpu : new String[] {"x86-64-v2", "x86-64-v3", "znver5"}) {
      LlvmTarget target = LlvmTarget.of(Machine.X86_64, cpu);
      assertThat(count(Compiled.assembly(Parser.parse(kernel), target), "call")).isEqualTo(1);
    }
  }

  @Test
  void otherMachines() {
    LlvmTarget arm = LlvmTarget.of(Machine.AARCH64, "neoverse-n1");
    String kernel =
        """
        kernel arm(X: f32[64,4], H: f16[64,4], I: i32[64,4])
        par p < 64 vec i < 4 {
          H[p, i] = f16(tanh(X[p, i]) * X[p, i] + f32(H[p, i]))
          I[p, i] = i32(X[p, i])
        }
        """;
    assertThat(Compiled.assembly(Parser.parse(kernel), arm)).contains("fmla", "fcvtzs", "fcvtn");
  }

  @Test
  void gemmTile() {
    golden(
        "gemmTile",
        """
        kernel gemm(A: f32[8,64], B: f32[4,64,16], C: f32[8,64])
        par n < 4
          alloc a: f32 reg [2,16] {
            unroll i < 2 vec v < 16 a[i, v] = 0.0
            for k < 64 unroll i < 2 vec v < 16 a[i, v] += A[i, k] * B[n, k, v]
            unroll i < 2 vec v < 16 C[i, n * 16 + v] = a[i, v]
          }
        """,
        Set.of("A"));
  }

  @Test
  void maskedTail() {
    golden(
        "maskedTail",
        """
        kernel tail(X: f32[37], Y: f32[37])
        par o < 3 vec i < 16 if o * 16 + i < 37 Y[o * 16 + i] = max(X[o * 16 + i], 0.0)
        """,
        Set.of());
  }

  @Test
  void gatherOverOpenExtent() {
    golden(
        "gatherOverOpenExtent",
        """
        kernel embed(I: i32[16], W: f16[100,4], Y: f32[16,4]) dims (n)
        for t < n vec c < 4 Y[t, c] = f32(W[max(min(i64(I[t]), 99), 0), c])
        """,
        Set.of());
  }

  @Test
  void whatIsNotScheduledEnoughIsRefusedWithItsPlace() {
    refuses(
        "kernel k(X: f32[4]) par p < 4 alloc a: f32 reg [4] for i < 4 a[i] = X[p]",
        "kernel k, loop p/i: a is in registers but an index of it is not constant: unroll i");
    refuses(
        "kernel k(X: f32[4,4]) vec i < 4 vec j < 4 X[i, j] = 0.0",
        "kernel k, loop i/j: a vector loop inside vector loop i");
    refuses(
        "kernel k(X: f32[4]) for i < 4 par j < 4 X[j] = 0.0",
        "kernel k, loop i/j: a parallel loop that is not the outermost one");
    refuses(
        "kernel k(X: f32[4]) dims (n) vec i < n X[i] = 0.0",
        "kernel k, loop i: its extent is not constant, so it cannot be VEC");
    refuses(
        "kernel k(X: f32[4], Y: f32[1]) for i < 4 Y[0] = reduce + (i) X[i]",
        "kernel k, loop i: reduction into [Y] has no accumulators yet");
  }

  private static void refuses(String kernel, String message) {
    KernelEmitter emitter = new KernelEmitter(Target.X86_64_V3);
    assertThatThrownBy(() -> emitter.emit(Parser.parse(kernel), Set.of()))
        .isInstanceOf(EmitException.class)
        .hasMessage(message);
  }

  private static void golden(String name, String kernel, Set<String> unaligned) {
    String text = new KernelEmitter(Target.X86_64_V4).emit(Parser.parse(kernel), unaligned).llvm();
    if (Boolean.getBoolean("golden.update")) {
      write(name, text);
    }
    try (InputStream in = KernelEmitterTest.class.getResourceAsStream(name + ".ll")) {
      String expected =
          in == null ? "no golden file" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(text).isEqualTo(expected);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void write(String name, String text) {
    try {
      Path folder = Path.of("src/test/resources/dev/nncc/codegen/llvm/emit");
      Files.createDirectories(folder);
      Files.writeString(folder.resolve(name + ".ll"), text);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static int count(String text, String word) {
    return text.split(word, -1).length - 1;
  }

  /** The block of assembly in which an instruction occurs first and that jumps to its own start. */
  private static String loopWith(String asm, String instruction) {
    for (String block : asm.split("(?m)^(?=\\.LBB)")) {
      String label = block.substring(0, Math.max(0, block.indexOf(':')));
      if (!label.isEmpty() && block.contains(instruction) && block.contains("\t" + label)) {
        return block.substring(0, block.lastIndexOf("\t" + label));
      }
    }
    throw new AssertionError("no loop with " + instruction);
  }
}
