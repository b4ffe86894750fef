package dev.nncc.compiler;

import dev.nncc.codegen.llvm.link.TemporaryFolder;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A folder among the system's temporary files for libraries that are compiled to be used at once.
 * It goes with its content, also when the process is ended meanwhile (Ctrl-C).
 */
public final class ScratchFolder implements AutoCloseable {
  private final TemporaryFolder folder;

  private ScratchFolder(TemporaryFolder folder) {
    this.folder = folder;
  }

  public static ScratchFolder create() throws IOException {
    return new ScratchFolder(TemporaryFolder.create());
  }

  public Path path() {
    return folder.path();
  }

  @Override
  public void close() throws IOException {
    folder.close();
  }
}
