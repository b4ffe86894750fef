package dev.nncc.frontend.files;

import dev.nncc.graph.ModelException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Files of a clone without Git LFS: they only say which large file belongs there. */
final class LfsPointer {
  private static final byte[] BEGINNING =
      "version https://git-lfs.github.com/spec/".getBytes(StandardCharsets.US_ASCII);

  private LfsPointer() {}

  /**
   * Gives a file's content back.
   *
   * @throws ModelException if it is a pointer
   */
  static ByteBuffer refuse(ByteBuffer file) {
    boolean pointer =
        file.remaining() >= BEGINNING.length
            && file.slice(file.position(), BEGINNING.length).equals(ByteBuffer.wrap(BEGINNING));
    ModelException.require(
        !pointer, "is a pointer of Git LFS, not the file itself; 'git lfs pull' fetches that");
    return file;
  }
}
