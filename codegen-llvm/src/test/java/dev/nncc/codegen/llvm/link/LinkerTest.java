package dev.nncc.codegen.llvm.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.codegen.llvm.plan.ModelSpec;
import dev.nncc.codegen.llvm.toolchain.CodegenException;
import dev.nncc.codegen.llvm.toolchain.LlvmTarget;
import dev.nncc.codegen.llvm.toolchain.Machine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LinkerTest {
  private static final int NEEDED = 1;
  private static final int SONAME = 14;
  private static final int GNU_STACK = 0x6474e551;
  private static final int GNU_RELRO = 0x6474e552;
  private static final int LOAD = 1;

  @TempDir Path folder;

  private Path build(Machine machine, String cpu) throws Exception {
    LlvmTarget target = LlvmTarget.of(machine, cpu);
    ModelSpec model = SampleLibrary.model("facts", target, 8);
    return SampleLibrary.build(folder, model, target, 2);
  }

  @ParameterizedTest
  @EnumSource(Machine.class)
  void needsLibcOnlyAndExportsTheInterfaceOnly(Machine machine) throws Exception {
    ElfFile elf = new ElfFile(build(machine, machine == Machine.X86_64 ? "x86-64-v2" : "generic"));
    assertThat(elf.machine()).isEqualTo(machine.elfMachine());
    assertThat(elf.dynamic(NEEDED)).containsExactly("libc.so.6");
    assertThat(elf.dynamic(SONAME)).containsExactly("libfacts.so");
    assertThat(elf.symbols(true)).contains("nncc_get_api", "Java_dev_nncc_runtime_Native_runRaw");
    assertThat(elf.symbols(true))
        .allMatch(s -> s.equals("nncc_get_api") || s.startsWith("Java_dev_nncc_runtime_Native_"));
    assertThat(elf.neededVersions())
        .isNotEmpty()
        .allMatch(v -> List.of("GLIBC_2.2.5", "GLIBC_2.6", "GLIBC_2.17").contains(v));
  }

  @Test
  void hasNoWritableCodeAndNoExecutableStack() throws Exception {
    List<ElfFile.Segment> segments = new ElfFile(build(Machine.X86_64, "haswell")).segments();
    assertThat(segments).anyMatch(s -> s.type() == GNU_RELRO);
    assertThat(segments).anyMatch(s -> s.type() == GNU_STACK && (s.flags() & 1) == 0);
    assertThat(segments).noneMatch(s -> s.type() == LOAD && (s.flags() & 3) == 3);
  }

  @Test
  void mapsTheWeightsReadOnly() throws Exception {
    Path weights = folder.resolve("w.o");
    ElfObject.write(weights, Machine.X86_64, ElfObject.Section.weights(5000), sink -> {});
    ElfFile elf = new ElfFile(weights);
    assertThat(elf.section(".rodata.nncc_weights").size()).isEqualTo(5000);
    assertThat(elf.section(".rodata.nncc_weights").offset() % 4096).isZero();
    assertThat(elf.section(".rodata.nncc_weights").flags())
        .isEqualTo(2); // loaded; not writable, not code
  }

  @Test
  void givesTheSameBytesTwice() throws Exception {
    Path first = build(Machine.X86_64, "haswell");
    byte[] bytes = Files.readAllBytes(first);
    assertThat(Files.readAllBytes(build(Machine.X86_64, "haswell"))).isEqualTo(bytes);
  }

  @Test
  void namesWhatIsMissing() {
    assertThatThrownBy(
            () -> new Linker(Machine.X86_64).link(List.of(), List.of(), folder.resolve("libx.so")))
        .isInstanceOf(CodegenException.class)
        .hasMessageContaining("nncc_model_data");
  }
}
