package dev.nncc.codegen.llvm.toolchain;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.llvm.global.LLVM;

/** The programs of the LLVM preset: where they lie once extracted, and how they start. */
final class PresetTools {
  private PresetTools() {}

  /** lld alone (8 MB) beside the LLVM library that it needs. */
  static Path lld() {
    // Loads libLLVM, which lld links to: extracted once, into a folder that all JVMs of the user
    // share.
    Loader.load(LLVM.class);
    try {
      File lld =
          Loader.cacheResource(LLVM.class, "/org/bytedeco/llvm/" + Loader.getPlatform() + "/lld");
      if (lld == null) {
        throw new CodegenException(
            "the LLVM jar of this platform holds no lld: " + Loader.getPlatform());
      }
      if (!lld.canExecute() && !lld.setExecutable(true)) {
        throw new CodegenException("cannot make " + lld + " executable");
      }
      return lld.toPath();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * clang with its headers; extracts everything (505 MB), so only nncc's own build and tests ask
   * for it.
   */
  static Path clang() {
    return Path.of(Loader.load(org.bytedeco.llvm.program.clang.class));
  }

  /**
   * Runs a program of the preset.
   *
   * @param program from {@link #lld()} or {@link #clang()}
   * @return what it printed
   * @throws CodegenException with its output, when it fails
   * @throws CancellationException when it was interrupted: Ctrl-C ends all programs of a terminal
   * @throws UncheckedIOException when the machine has not what it needs
   */
  static String run(Path program, List<String> arguments) {
    try {
      List<String> command = new java.util.ArrayList<>(List.of(program.toString()));
      command.addAll(arguments);
      ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.environment().put("LD_LIBRARY_PATH", libraries(program).toString());
      builder.environment().put("LC_ALL", "C");
      Process process = builder.start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int status = process.waitFor();
      if (status != 0) {
        throw failure(program, status, output.strip());
      }
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw interrupted(program);
    }
  }

  /** By the exit code, which is 128 and the signal for a program that one ended. */
  private static RuntimeException failure(Path program, int status, String output) {
    Path name = program.getFileName();
    return switch (status) {
      case 129, 130, 143 -> interrupted(program); // SIGHUP, SIGINT, SIGTERM
      // SIGBUS: lld writes through a mapping, and the system finds no block for a page of it
      case 135 -> ended(name + " could not write its file; the disk may be full");
      case 137 -> ended(name + " was killed; the system may have run out of memory");
      default -> new CodegenException(name + " failed (" + status + "): " + output);
    };
  }

  private static UncheckedIOException ended(String why) {
    return new UncheckedIOException(new IOException(why));
  }

  private static CancellationException interrupted(Path program) {
    return new CancellationException("interrupted while " + program.getFileName() + " ran");
  }

  /**
   * The programs look for libLLVM.so.20.1, the jar has libLLVM.so: a folder with links of the names
   * they want.
   */
  private static Path libraries(Path program) throws IOException {
    Path here = program.toAbsolutePath().getParent();
    if (here == null) {
      throw new IllegalStateException("no folder: " + program);
    }
    Path links = Files.createDirectories(here.resolve("soname"));
    for (String library : List.of("libLLVM.so", "libclang-cpp.so")) {
      Path link = links.resolve(library + ".20.1");
      if (!Files.exists(link)) {
        try {
          Files.createSymbolicLink(link, here.resolve(library));
        } catch (FileAlreadyExistsException e) {
          // another process was faster, or the library is not extracted yet and the link waits for
          // it
        }
      }
    }
    return links;
  }
}
