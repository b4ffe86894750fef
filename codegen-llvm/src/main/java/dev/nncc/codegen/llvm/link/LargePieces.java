package dev.nncc.codegen.llvm.link;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Files in huge pages of the system's cache. How large these pages are goes by the writes that made
 * them, where the file system has large ones at all (ext4 since Linux 6.16, XFS): lld writes
 * through a mapping, which makes pages of 4 KB, and a process that loads the library then maps each
 * for itself.
 */
public final class LargePieces {
  private static final int PIECE = 4 << 20;

  private LargePieces() {}

  /** Writes a file anew, with the same bytes, and the same permissions as far as umask lets. */
  public static void rewrite(Path file) throws IOException {
    Path old = file.resolveSibling(file.getFileName() + ".old");
    Files.move(file, old);
    try (FileChannel from = FileChannel.open(old, StandardOpenOption.READ);
        FileChannel to =
            FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(Files.getPosixFilePermissions(old)))) {
      ByteBuffer piece = ByteBuffer.allocateDirect(PIECE);
      while (from.position() < from.size()) {
        piece.clear();
        while (piece.hasRemaining() && from.read(piece) >= 0) {
          // until it is full, or the file ends
        }
        piece.flip();
        while (piece.hasRemaining()) {
          to.write(piece);
        }
      }
    }
    Files.delete(old);
  }
}
