package dev.nncc.codegen.llvm.emit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.codegen.llvm.toolchain.LlvmTarget;
import dev.nncc.codegen.llvm.toolchain.Machine;
import dev.nncc.tensor.text.Parser;
import org.junit.jupiter.api.Test;

class KernelEmitterTest {
  static final String CONV =
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
    String asm = Compiled.assembly(Parser.parse(CONV), LlvmTarget.of(Machine.X86_64, "znver5"));
    assertThat(asm.split("vfmadd", -1).length - 1).isEqualTo(28);
    assertThat(asm).doesNotContain("Spill");
  }
}
