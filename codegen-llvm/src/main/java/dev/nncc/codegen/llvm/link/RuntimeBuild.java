package dev.nncc.codegen.llvm.link;

import dev.nncc.codegen.llvm.toolchain.Lld;
import dev.nncc.codegen.llvm.toolchain.Machine;
import dev.nncc.codegen.llvm.toolchain.PresetClang;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * A step of nncc's own build: compiles the runtime's C sources for every machine and makes the stub
 * libraries, with the preset's clang and lld. Does nothing when sources and recipe are those of the
 * last time.
 */
public final class RuntimeBuild {
  private static final List<String> OPTIONS =
      List.of(
          "-std=gnu11",
          "-O2",
          "-ffreestanding",
          "-fvisibility=hidden",
          "-ffunction-sections",
          "-fdata-sections",
          "-fno-stack-protector",
          "-fno-asynchronous-unwind-tables",
          "-fno-ident",
          "-Wall",
          "-Wextra",
          "-Werror");

  private final Path sources;
  private final Path output;
  private final PresetClang clang = new PresetClang();
  private final Lld lld = new Lld();

  private RuntimeBuild(Path sources, Path output) {
    this.sources = sources;
    this.output = output;
  }

  /**
   * Runs the step.
   *
   * @param args folder of the C sources; folder of the compiled classes, below which the resources
   *     go
   */
  public static void main(String[] args) throws IOException {
    Path output = Path.of(args[1]);
    for (String part : RuntimeBuild.class.getPackageName().split("\\.", -1)) {
      output = output.resolve(part);
    }
    new RuntimeBuild(Path.of(args[0]), output).run();
  }

  private void run() throws IOException {
    Files.createDirectories(output);
    Path stamp = output.resolve("runtime.sha256");
    String now = digest();
    if (Files.exists(stamp) && Files.readString(stamp).equals(now)) {
      return;
    }
    Files.deleteIfExists(stamp);
    for (Machine machine : Machine.values()) {
      build(machine);
    }
    Files.writeString(stamp, now);
  }

  private void build(Machine machine) throws IOException {
    Path folder = Files.createDirectories(output.resolve(machine.arch()));
    try (TemporaryFolder temporary = TemporaryFolder.create()) {
      Path work = temporary.path();
      List<String> link =
          new ArrayList<>(
              List.of(
                  "-r", "-m", machine.emulation(), "-o", folder.resolve("runtime.o").toString()));
      for (Path source : files(".c")) {
        Path object = work.resolve(source.getFileName() + ".o");
        clang.compile(machine, source, object, options(machine));
        link.add(object.toString());
      }
      lld.run(link);
      for (LibcStubs.Stub stub : LibcStubs.of(machine)) {
        StubLibrary.write(machine, stub, work, folder.resolve(stub.soname()));
      }
    }
  }

  private static List<String> options(Machine machine) {
    List<String> options = new ArrayList<>(OPTIONS);
    if (machine == Machine.AARCH64) {
      // Where clang finds a GCC for aarch64 it would call atomics in that compiler's library.
      options.add("-mno-outline-atomics");
    }
    return options;
  }

  private List<Path> files(String suffix) throws IOException {
    try (Stream<Path> all = Files.list(sources)) {
      return all.filter(p -> p.toString().endsWith(suffix))
          .sorted(Comparator.comparing(p -> p.getFileName().toString()))
          .toList();
    }
  }

  /** Of everything that goes in. */
  private String digest() throws IOException {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      for (String suffix : List.of(".c", ".h")) {
        for (Path file : files(suffix)) {
          sha.update(file.getFileName().toString().getBytes(StandardCharsets.UTF_8));
          sha.update(Files.readAllBytes(file));
        }
      }
      for (Machine machine : Machine.values()) {
        sha.update(
            (machine.triple() + options(machine) + LibcStubs.of(machine))
                .getBytes(StandardCharsets.UTF_8));
      }
      return HexFormat.of().formatHex(sha.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
