package dev.nncc.maven;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Puts what was compiled where the build takes it from, touches nothing that is there already, and
 * removes what an earlier build of the same execution put there and this one does not.
 */
final class Outputs {
  private final Path list;
  private final Set<Path> files = new LinkedHashSet<>();
  private final List<Path> changed = new ArrayList<>();

  /**
   * @param list the file that keeps what was put
   */
  Outputs(Path list) {
    this.list = list;
  }

  /** A library as the resource of a class, with the hash of its bytes. */
  void library(Path folder, String className, CompiledLibrary library) throws IOException {
    Path to = folder.resolve("META-INF/nncc/" + library.platform() + "/" + className + ".so");
    Path hash = to.resolveSibling(to.getFileName() + ".sha256");
    files.add(to);
    files.add(hash);
    boolean there =
        Files.isRegularFile(to)
            && Files.size(to) == Files.size(library.library())
            && Files.isRegularFile(hash)
            && Files.readString(hash).strip().equals(library.sha256());
    if (!there) {
      Files.createDirectories(to.getParent());
      Files.deleteIfExists(hash);
      linkOrCopy(library.library(), to);
      Files.writeString(hash, library.sha256() + "\n");
      changed.add(to);
      changed.add(hash);
    }
  }

  /** Libraries are large: where the file system can, both names are one file. */
  private static void linkOrCopy(Path from, Path to) throws IOException {
    Files.deleteIfExists(to);
    try {
      Files.createLink(to, from);
    } catch (IOException | UnsupportedOperationException e) {
      Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** The source of a class. */
  void source(Path folder, ModelJob job, String text) throws IOException {
    Path to = folder.resolve(job.className().replace('.', '/') + ".java");
    files.add(to);
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    if (!Files.isRegularFile(to) || !java.util.Arrays.equals(Files.readAllBytes(to), bytes)) {
      Files.createDirectories(to.getParent());
      Files.write(to, bytes);
      changed.add(to);
    }
  }

  /** Ends the build: what is left of an earlier one goes. */
  void finish() throws IOException {
    if (Files.isRegularFile(list)) {
      for (String line : Files.readAllLines(list)) {
        Path old = Path.of(line);
        if (!files.contains(old) && Files.deleteIfExists(old)) {
          changed.add(old);
        }
      }
    }
    Files.createDirectories(list.toAbsolutePath().getParent());
    Files.write(list, files.stream().map(Path::toString).toList());
  }

  /** Files that were written or removed. */
  List<Path> changed() {
    return Collections.unmodifiableList(changed);
  }
}
