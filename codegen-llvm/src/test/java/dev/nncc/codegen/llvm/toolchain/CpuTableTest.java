package dev.nncc.codegen.llvm.toolchain;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The table of processors against what clang turns on for each. */
class CpuTableTest {
  private final CpuTable table = CpuTable.load();
  @TempDir Path folder;

  @Test
  void saysWhatClangSays() throws Exception {
    for (String cpu : List.of("x86-64", "x86-64-v3", "x86-64-v4", "haswell", "znver5")) {
      agrees(Machine.X86_64, cpu);
    }
    agrees(Machine.AARCH64, "neoverse-n1");
  }

  @Tag("full")
  @Test
  void saysWhatClangSaysForEveryProcessor() throws Exception {
    for (Machine machine : Machine.values()) {
      for (String cpu : table.names(machine)) {
        agrees(machine, cpu);
      }
    }
  }

  @Test
  void theRuntimeChecksEveryNameOfTheTable() throws Exception {
    String source = Files.readString(Path.of("../runtime/src/main/c/nncc_cpu.c"));
    Set<String> names = new TreeSet<>();
    for (Machine machine : Machine.values()) {
      names.addAll(table.known(machine));
    }
    assertThat(names).hasSizeGreaterThan(40).allMatch(n -> source.contains("{\"" + n + "\","));
  }

  private void agrees(Machine machine, String cpu) throws Exception {
    Path source = Files.writeString(folder.resolve("f.c"), "void f(void) {}\n");
    Path ir = folder.resolve("f.ll");
    String option = machine == Machine.X86_64 ? "-march=" : "-mcpu=";
    new PresetClang().compile(machine, source, ir, List.of(option + cpu, "-S", "-emit-llvm"));
    List<String> features = new ArrayList<>();
    for (String line : Files.readAllLines(ir)) {
      int at = line.indexOf("\"target-features\"=\"");
      if (at >= 0) {
        String list = line.substring(at + 19, line.indexOf('"', at + 19));
        for (String f : list.split(",")) {
          if (f.startsWith("+") && table.known(machine).contains(f.substring(1))) {
            features.add(f.substring(1));
          }
        }
      }
    }
    Collections.sort(features);
    assertThat(table.features(machine, cpu)).as(cpu).isEqualTo(features);
  }
}
