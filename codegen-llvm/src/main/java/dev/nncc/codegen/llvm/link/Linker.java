package dev.nncc.codegen.llvm.link;

import dev.nncc.codegen.llvm.toolchain.CodegenException;
import dev.nncc.codegen.llvm.toolchain.Lld;
import dev.nncc.codegen.llvm.toolchain.Machine;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Links kernels, plan and weights with the runtime to one shared library that needs libc (and libm,
 * if a kernel calls it) and exports {@code nncc_get_api} and the {@code Java_*} stubs. The same
 * inputs give the same bytes.
 */
public final class Linker {
  private static final String EXPORTS =
      "{ global: nncc_get_api; Java_dev_nncc_runtime_Native_*; local: *; };\n";
  private static final List<String> RESOURCES = List.of("runtime.o", "libc.so.6", "libm.so.6");

  private final Machine machine;

  public Linker(Machine machine) {
    this.machine = machine;
  }

  /**
   * Links.
   *
   * @param objects kernels and the plan ({@link ModelData}) as object files in memory
   * @param files further object files, such as that of the weights ({@link ElfObject})
   * @param library the file to write; its name becomes the library's soname
   * @throws CodegenException with lld's text
   */
  public void link(List<byte[]> objects, List<Path> files, Path library) throws IOException {
    Path name = library.getFileName();
    if (name == null) {
      throw new IllegalArgumentException("not a file name: " + library);
    }
    try (TemporaryFolder temporary = TemporaryFolder.create()) {
      Path work = temporary.path();
      List<String> arguments = options(work, name.toString(), library);
      int n = 0;
      for (byte[] object : objects) {
        arguments.add(
            Files.write(work.resolve(String.format(Locale.ROOT, "%05d.o", n++)), object)
                .toString());
      }
      files.forEach(f -> arguments.add(f.toString()));
      for (String resource : RESOURCES) {
        arguments.add(extract(resource, work).toString());
      }
      new Lld().run(arguments);
    }
  }

  private List<String> options(Path work, String soname, Path library) throws IOException {
    Path exports = Files.writeString(work.resolve("exports"), EXPORTS);
    List<String> options =
        new ArrayList<>(List.of("-shared", "-m", machine.emulation(), "-o", library.toString()));
    options.addAll(List.of("-soname", soname, "--version-script", exports.toString()));
    options.addAll(List.of("--no-undefined", "--as-needed", "--gc-sections", "--strip-debug"));
    options.addAll(List.of("--build-id=none", "--hash-style=gnu"));
    // Segments on pages of their own: the weights are shared between processes, code and constants
    // are not writable.
    for (String z : List.of("separate-loadable-segments", "noexecstack", "relro", "now", "defs")) {
      options.addAll(List.of("-z", z));
    }
    return options;
  }

  private Path extract(String resource, Path work) throws IOException {
    String name = machine.arch() + "/" + resource;
    try (InputStream in = Linker.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(
            "no resource " + name + ": the build step of the runtime did not run");
      }
      Path file = work.resolve(resource);
      Files.copy(in, file);
      return file;
    }
  }
}
