package dev.nncc.compiler;

import dev.nncc.codegen.llvm.toolchain.Lld;
import dev.nncc.codegen.llvm.toolchain.Machine;
import dev.nncc.codegen.llvm.toolchain.PresetClang;
import dev.nncc.graph.Payload;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Runs libraries for aarch64 on any machine that has qemu's user mode and a libc for aarch64, both
 * from the system's packages. Each run is a process.
 */
final class Aarch64 {
  private static final Path QEMU = Path.of("/usr/bin/qemu-aarch64");
  private static final Path ROOT = Path.of("/usr/aarch64-linux-gnu");
  private static final Path LIBC = ROOT.resolve("lib/libc.so.6");

  private final Path folder;
  private final Path program;
  private int runs;

  private Aarch64(Path folder, Path program) {
    this.folder = folder;
    this.program = program;
  }

  /** Why nothing can run here; empty when it can. */
  static Optional<String> missing() {
    if (!Files.isExecutable(QEMU)) {
      return Optional.of("no " + QEMU + ": install qemu-user");
    }
    return Files.exists(LIBC)
        ? Optional.empty()
        : Optional.of("no " + LIBC + ": install libc6-arm64-cross");
  }

  /**
   * Builds the program that runs libraries.
   *
   * @param folder for it and the tensors
   */
  static Aarch64 in(Path folder) throws IOException {
    Path source = folder.resolve("run_tensors.c");
    try (var in = Aarch64.class.getResourceAsStream("/foreign/run_tensors.c")) {
      if (in == null) {
        throw new IOException("no source of the program");
      }
      Files.copy(in, source);
    }
    Path headers = Path.of("../runtime/src/main/c");
    Path object = folder.resolve("run_tensors.o");
    List<String> options =
        List.of("-std=gnu11", "-O2", "-ffreestanding", "-Wall", "-Werror", "-I" + headers);
    new PresetClang().compile(Machine.AARCH64, source, object, options);
    Path program = folder.resolve("run_tensors");
    new Lld()
        .run(
            List.of(
                "-pie",
                "-m",
                Machine.AARCH64.emulation(),
                "--dynamic-linker",
                Machine.AARCH64.interpreter(),
                "--allow-shlib-undefined",
                "-o",
                program.toString(),
                object.toString(),
                LIBC.toString()));
    return new Aarch64(folder, program);
  }

  /**
   * Runs a library once.
   *
   * @param types of its outputs
   */
  List<Tensor> run(Path library, List<Tensor> inputs, List<TensorType> types, int threads)
      throws IOException, InterruptedException {
    Path here = Files.createDirectories(folder.resolve("run" + runs++));
    List<String> command = new ArrayList<>(List.of(QEMU.toString(), "-L", ROOT.toString()));
    command.addAll(List.of(program.toString(), library.toString(), Integer.toString(threads)));
    for (int i = 0; i < inputs.size(); i++) {
      byte[] bytes = new byte[Math.toIntExact(inputs.get(i).payload().size())];
      inputs.get(i).payload().bytes().get(bytes);
      command.add(Files.write(here.resolve("in" + i), bytes).toString());
    }
    for (int i = 0; i < types.size(); i++) {
      command.add(here.resolve("out" + i).toString());
    }
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new AssertionError(String.join(" ", command) + "\n" + text);
    }
    List<Tensor> outputs = new ArrayList<>();
    for (int i = 0; i < types.size(); i++) {
      byte[] bytes = Files.readAllBytes(here.resolve("out" + i));
      ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length).put(bytes).clear();
      outputs.add(new Tensor(types.get(i), Payload.of(direct)));
    }
    return outputs;
  }
}
