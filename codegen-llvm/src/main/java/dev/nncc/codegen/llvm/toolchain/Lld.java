package dev.nncc.codegen.llvm.toolchain;

import java.util.ArrayList;
import java.util.List;

/** The preset's linker for ELF files, as a process of its own (10 to 25 ms). */
public final class Lld {
  /**
   * Links.
   *
   * @param arguments as for {@code ld.lld}
   * @throws CodegenException with lld's text
   */
  public void run(List<String> arguments) {
    List<String> all = new ArrayList<>(List.of("-flavor", "gnu"));
    all.addAll(arguments);
    PresetTools.run(PresetTools.lld(), all);
  }
}
