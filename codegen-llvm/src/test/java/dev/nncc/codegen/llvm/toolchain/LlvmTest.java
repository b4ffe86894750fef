package dev.nncc.codegen.llvm.toolchain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LlvmTest {
  private static final LlvmTarget HASWELL = LlvmTarget.of(Machine.X86_64, "haswell");
  private final Llvm llvm = new Llvm(2);

  private static Llvm.Unit unit(String ir) {
    return new Llvm.Unit("test", ir);
  }

  @Test
  void writesAssembly() {
    String ir =
        """
        define <8 x float> @f(<8 x float> %a, <8 x float> %b, <8 x float> %c) {
          %r = call <8 x float> @llvm.fma.v8f32(<8 x float> %a, <8 x float> %b, <8 x float> %c)
          ret <8 x float> %r
        }
        declare <8 x float> @llvm.fma.v8f32(<8 x float>, <8 x float>, <8 x float>)
        """;
    assertThat(text(llvm.compile(unit(ir), HASWELL, Llvm.Output.ASSEMBLY))).contains("vfmadd213ps");
  }

  @Test
  void saysWhereTheTextIsWrong() {
    assertThatThrownBy(
            () ->
                llvm.compile(
                    unit("define i32 @f() {\n  ret i64 0\n}\n"), HASWELL, Llvm.Output.OBJECT))
        .isInstanceOf(CodegenException.class)
        .hasMessageContaining("test for x86_64-linux haswell")
        .hasMessageContaining("test:2:7: error");
  }

  @Test
  void reportsWhatTheVerifierFinds() {
    String ir =
        "define i32 @f(i1 %c) {\n  br i1 %c, label %a, label %b\na:\n  %x = add i32 1, 1\n"
            + "  br label %b\nb:\n  ret i32 %x\n}\n";
    assertThatThrownBy(() -> llvm.compile(unit(ir), HASWELL, Llvm.Output.OBJECT))
        .isInstanceOf(CodegenException.class)
        .hasMessageContaining("does not dominate");
  }

  @Test
  void survivesWhatLlvmWouldAbortOn() {
    String ir =
        """
        define <16 x float> @f(<16 x float> %a) {
          %r = call <16 x float> @llvm.x86.avx512.mask.scalef.ps.512(
              <16 x float> %a, <16 x float> %a, <16 x float> %a, i16 -1, i32 4)
          ret <16 x float> %r
        }
        declare <16 x float> @llvm.x86.avx512.mask.scalef.ps.512(
            <16 x float>, <16 x float>, <16 x float>, i16, i32)
        """;
    for (int i = 0; i < 4; i++) { // more often than threads: each gives its place back
      assertThatThrownBy(() -> llvm.compile(unit(ir), HASWELL, Llvm.Output.OBJECT))
          .isInstanceOf(CodegenException.class)
          .hasMessageContaining("LLVM");
    }
    writesAssembly();
  }

  @Test
  void reportsErrorsOfInlineAssembly() {
    String ir = "define void @f() {\n  call void asm \"bogus %eax\", \"\"()\n  ret void\n}\n";
    assertThatThrownBy(() -> llvm.compile(unit(ir), HASWELL, Llvm.Output.OBJECT))
        .isInstanceOf(CodegenException.class)
        .hasMessageContaining("invalid instruction mnemonic");
  }

  @Test
  void refusesUnknownProcessors() {
    assertThatThrownBy(() -> LlvmTarget.of(Machine.X86_64, "znver99"))
        .isInstanceOf(CodegenException.class)
        .hasMessageContaining("'znver99'")
        .hasMessageContaining("close to it: znver1, znver2, znver3;");
  }

  @Test
  void givesTheSameBytesForAnyNumberOfThreads() {
    List<Llvm.Unit> units = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      units.add(
          unit("define i64 @f(i64 %x) {\n  %y = mul i64 %x, " + (i + 3) + "\n  ret i64 %y\n}\n"));
    }
    List<byte[]> one = new Llvm(1).compileAll(units, HASWELL, Llvm.Output.OBJECT);
    List<byte[]> many = new Llvm(5).compileAll(units, HASWELL, Llvm.Output.OBJECT);
    for (int i = 0; i < units.size(); i++) {
      assertThat(many.get(i)).isEqualTo(one.get(i));
    }
    assertThat(one.get(0)).isNotEqualTo(one.get(1));
  }

  @Test
  void compilesForOtherMachines() {
    String ir = "define i64 @f(i64 %x) {\n  ret i64 %x\n}\n";
    LlvmTarget arm = LlvmTarget.of(Machine.AARCH64, "neoverse-n1");
    byte[] object = llvm.compile(unit(ir), arm, Llvm.Output.OBJECT);
    assertThat(object[18] & 0xff).isEqualTo(Machine.AARCH64.elfMachine());
  }

  @Test
  void everyProcessorOfTheTableGeneratesCode() {
    String ir =
        "define <16 x float> @f(<16 x float> %x) {\n  %y = fadd <16 x float> %x, %x\n"
            + "  ret <16 x float> %y\n}\n";
    CpuTable table = CpuTable.load();
    for (Machine machine : Machine.values()) {
      assertThat(table.names(machine)).hasSizeGreaterThan(50);
      for (String cpu : table.names(machine)) {
        llvm.compile(unit(ir), LlvmTarget.of(machine, cpu), Llvm.Output.OBJECT);
      }
    }
  }

  @Test
  void knowsThisMachine() {
    LlvmTarget host = HostCpu.target();
    assertThat(host.required()).isSorted();
    assertThat(CpuTable.load().known(host.machine())).containsAll(host.required());
    assertThat(CpuTable.load().names(host.machine())).contains(host.cpu());
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
