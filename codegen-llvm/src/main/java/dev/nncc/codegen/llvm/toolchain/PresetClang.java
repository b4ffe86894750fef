package dev.nncc.codegen.llvm.toolchain;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The preset's C compiler, for nncc's own build and its tests. It needs nothing of the machine: no
 * system headers, no libc, and it compiles for every {@link Machine}.
 */
public final class PresetClang {
  /**
   * Compiles one C file to a position-independent object.
   *
   * @param options further ones, such as {@code -O2} or {@code -I}
   * @throws CodegenException with clang's text
   */
  public void compile(Machine machine, Path source, Path object, List<String> options) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--target=" + machine.triple(),
                "-c",
                "-fPIC",
                "-nostdlibinc",
                "-o",
                object.toString()));
    arguments.addAll(options);
    arguments.add(source.toString());
    run(arguments);
  }

  /** Runs clang. */
  public String run(List<String> arguments) {
    return PresetTools.run(PresetTools.clang(), arguments);
  }
}
