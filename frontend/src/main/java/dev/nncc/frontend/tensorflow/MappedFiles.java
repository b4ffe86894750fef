package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.tensor.LfsPointer;
import dev.nncc.graph.ModelException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Access to the files of a model. */
final class MappedFiles {
  private MappedFiles() {}

  /** Maps a whole file read-only. */
  static ByteBuffer map(Path file) {
    try {
      require(Files.exists(file), "no such file");
      require(Files.isRegularFile(file), "not a regular file");
      try (FileChannel c = FileChannel.open(file, StandardOpenOption.READ)) {
        require(c.size() <= Integer.MAX_VALUE, "above the limit of 2 GB");
        return LfsPointer.refuse(c.map(FileChannel.MapMode.READ_ONLY, 0, c.size()));
      }
    } catch (IOException e) {
      throw new ModelException("cannot be read: " + reason(e), e);
    }
  }

  /** Maps a file that a model names; links must not lead out of the model's folder. */
  static ByteBuffer mapWithin(Path file) {
    requireWithin(file, file.toAbsolutePath().getParent());
    try {
      return map(file);
    } catch (ModelException e) {
      throw new ModelException(file.getFileName() + ": " + e.getMessage(), e);
    }
  }

  /** Refuses a file to which links lead out of a folder. */
  static void requireWithin(Path file, @Nullable Path folder) {
    try {
      require(Files.exists(file), "no such file");
      require(
          folder != null && file.toRealPath().startsWith(folder.toRealPath()),
          "is outside of the model's folder");
    } catch (IOException e) {
      throw new ModelException("cannot be read: " + reason(e), e);
    } catch (ModelException e) {
      throw new ModelException(file.getFileName() + ": " + e.getMessage(), e);
    }
  }

  static boolean exists(Path file) {
    return Files.isRegularFile(file);
  }

  static boolean isFolder(Path file) {
    return Files.isDirectory(file);
  }

  private static String reason(IOException e) {
    return e instanceof AccessDeniedException
        ? "permission denied"
        : String.valueOf(e.getMessage());
  }

  /** SHA-256 over all files, one after the other. */
  static String sha256(List<Path> files) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (Path file : files) {
        try (InputStream in = Files.newInputStream(file)) {
          byte[] chunk = new byte[1 << 16];
          for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
            digest.update(chunk, 0, n);
          }
        }
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (IOException e) {
      throw new ModelException("cannot be read: " + reason(e), e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
