package dev.nncc.codegen.llvm.link;

import dev.nncc.codegen.llvm.toolchain.Lld;
import dev.nncc.codegen.llvm.toolchain.Machine;
import dev.nncc.codegen.llvm.toolchain.PresetClang;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Writes a {@link LibcStubs.Stub} as a shared library. */
final class StubLibrary {
  private StubLibrary() {}

  /** Assembles and links; {@code work} is a folder for the steps between. */
  static void write(Machine machine, LibcStubs.Stub stub, Path work, Path library)
      throws IOException {
    Path assembly = Files.writeString(work.resolve(stub.soname() + ".s"), stub.assembly());
    Path script = Files.writeString(work.resolve(stub.soname() + ".map"), stub.versionScript());
    Path object = work.resolve(stub.soname() + ".o");
    new PresetClang().compile(machine, assembly, object, List.of());
    new Lld()
        .run(
            List.of(
                "-shared",
                "-m",
                machine.emulation(),
                "--build-id=none",
                "-soname",
                stub.soname(),
                "--version-script",
                script.toString(),
                "-o",
                library.toString(),
                object.toString()));
  }
}
