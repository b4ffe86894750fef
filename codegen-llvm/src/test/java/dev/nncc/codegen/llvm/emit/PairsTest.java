package dev.nncc.codegen.llvm.emit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.codegen.llvm.toolchain.LlvmTarget;
import dev.nncc.graph.DType;
import dev.nncc.tensor.interp.Interpreter;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.text.Parser;
import dev.nncc.tensor.text.Printer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Dot products of pairs of bf16: the instruction where there is one, and what stands in for it. */
class PairsTest {
  private static final int ROWS = 3;
  private static final int DEPTH = 4;

  /** Widths of the instructions and others; 37 columns leave a part of a vector. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 5, 8, 16})
  void agreesWithTheInterpreter(int lanes) {
    int columns = 37;
    int vectors = (columns + lanes - 1) / lanes;
    String text =
        """
        kernel pairs(A: u32[ROWS,DEPTH], W: u32[DEPTH,37], Y: f32[ROWS,37])
        par m < ROWS
          alloc a: f32 reg [VECTORS,LANES] {
            unroll o < VECTORS vec v < LANES a[o, v] = 0.5
            for k < DEPTH unroll o < VECTORS vec v < LANES if o * LANES + v < 37
              a[o, v] += dot_bf16(A[m, k], W[k, o * LANES + v])
            unroll o < VECTORS vec v < LANES if o * LANES + v < 37 Y[m, o * LANES + v] = a[o, v]
          }
        """
            .replace("ROWS", "" + ROWS)
            .replace("DEPTH", "" + DEPTH)
            .replace("VECTORS", "" + vectors)
            .replace("LANES", "" + lanes);
    Kernel k = Parser.parse(text);
    List<ByteBuffer> expected = memory(columns);
    Interpreter.run(k, expected, Map.of(), 0, ROWS);
    for (LlvmTarget target : Compiled.targets()) {
      List<ByteBuffer> actual = memory(columns);
      Compiled.of(List.of(k), target).run(0, actual, List.of(), 0, ROWS);
      for (int i = 0; i < ROWS * columns; i++) {
        float e = expected.get(2).getFloat(4 * i);
        float a = actual.get(2).getFloat(4 * i);
        // Sums below 9 of so many products, each of them and each sum rounded once.
        double bound = 9 * 0x1p-24 * 4 * DEPTH;
        assertThat(Math.abs(e - a))
            .as("%s[%d]: %s, %s", target.cpu(), i, e, a)
            .isLessThan((float) bound);
      }
    }
  }

  /** Lanes that are two apart in memory: both places of a pair come out of one load. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 8, 16})
  void widensBothPlacesOfPairs(int lanes) {
    String text =
        """
        kernel widen(W: bf16[3,32,2], Y: f32[2,3,32])
        par m < 3
          for o < VECTORS vec v < LANES {
            Y[1, m, o * LANES + v] = f32(W[m, o * LANES + v, 1])
            Y[0, m, o * LANES + v] = f32(W[m, o * LANES + v, 0])
          }
        """
            .replace("VECTORS", "" + 32 / lanes)
            .replace("LANES", "" + lanes);
    Kernel k = Parser.parse(text);
    Agreement.check(k, Map.of(), 3, Agreement.Tolerance.EXACT);
    for (LlvmTarget target : Compiled.targets()) {
      if (lanes == 4) {
        String body = Compiled.assembly(k, target);
        assertThat(body).containsPattern("v?pslld|shl\\s+v");
        assertThat(body).doesNotContain("pshufb").doesNotContain("vpermt2w");
      }
    }
  }

  /** From floats, rounded, and from what is bf16 already. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 8, 16})
  void makesPairs(int lanes) {
    String text =
        """
        kernel join(X: f32[2,96], H: bf16[2,96], Y: u32[2,96])
        par m < 1
          for o < VECTORS vec v < LANES {
            Y[0, o * LANES + v] = pair_bf16(X[0, o * LANES + v], X[1, o * LANES + v])
            Y[1, o * LANES + v] = pair_bf16(f32(H[0, o * LANES + v]), f32(H[1, o * LANES + v]))
          }
        """
            .replace("VECTORS", "" + 96 / lanes)
            .replace("LANES", "" + lanes);
    Kernel k = Parser.parse(text);
    assertThat(Parser.parse(Printer.print(k))).isEqualTo(k);
    List<ByteBuffer> expected = numbers();
    Interpreter.run(k, expected, Map.of(), 0, 1);
    // The first in the low half: 1 + 2^-8 is a tie to even, 1 + 2^-7 + 2^-8 one to odd.
    assertThat(expected.get(2).getInt(0)).isEqualTo(0x3F82_3F80);
    for (LlvmTarget target : Compiled.targets()) {
      List<ByteBuffer> actual = numbers();
      Compiled.of(List.of(k), target).run(0, actual, List.of(), 0, 1);
      assertThat(actual.get(2)).as(target.cpu()).isEqualTo(expected.get(2));
    }
  }

  /** Two rows of floats and two of bf16, with ties, infinities and what rounds to infinity. */
  private static List<ByteBuffer> numbers() {
    Random r = new Random(5);
    List<ByteBuffer> all = new ArrayList<>();
    for (int bytes : new int[] {4, 2, 4}) {
      all.add(ByteBuffer.allocate(2 * 96 * bytes).order(ByteOrder.LITTLE_ENDIAN));
    }
    float[] special = {
      1 + 0x1p-8f, Float.MAX_VALUE, Float.POSITIVE_INFINITY, -0f, Float.MIN_NORMAL
    };
    for (int i = 0; i < 2 * 96; i++) {
      double x = i % 96 < special.length ? special[i % 96] : Math.scalb(r.nextGaussian(), i % 60);
      Agreement.put(DType.F32, all.get(0), i, i == 96 ? 1 + 0x1p-7 + 0x1p-8 : x);
      Agreement.put(DType.BF16, all.get(1), i, x);
    }
    return all;
  }

  /** Pairs of numbers in [-1, 1). */
  private static List<ByteBuffer> memory(int columns) {
    Random r = new Random(3);
    List<ByteBuffer> all = new ArrayList<>();
    for (int n : new int[] {ROWS * DEPTH, DEPTH * columns, ROWS * columns}) {
      ByteBuffer b = ByteBuffer.allocate(4 * n).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < 2 * n; i++) {
        Agreement.put(DType.BF16, b, i, 2 * r.nextDouble() - 1);
      }
      all.add(b);
    }
    return all;
  }
}
