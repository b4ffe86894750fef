package dev.nncc.frontend.files;

import static dev.nncc.graph.ModelException.require;

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
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Reads files whole. What goes wrong is said without the file's name, but where it says so. */
public final class MappedFiles {
  private MappedFiles() {}

  /** A file's name without its folder: what messages begin with. */
  public static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  /** Puts the file's name in front of what goes wrong. */
  public static <T> T named(Path file, Supplier<T> reading) {
    try {
      return reading.get();
    } catch (ModelException e) {
      throw new ModelException(name(file) + ": " + e.getMessage(), e);
    }
  }

  /**
   * Maps a whole file read-only. Formats on protobuf allow no file above 2 GB.
   *
   * @throws ModelException if it is missing, no regular file, too large or a pointer of Git LFS
   */
  public static ByteBuffer map(Path file) {
    require(Files.exists(file), "no such file");
    require(!Files.isDirectory(file), "is a folder, not a file");
    require(Files.isRegularFile(file), "not a regular file");
    try (FileChannel c = FileChannel.open(file, StandardOpenOption.READ)) {
      require(c.size() <= Integer.MAX_VALUE, "above the limit of 2 GB");
      return LfsPointer.refuse(c.map(FileChannel.MapMode.READ_ONLY, 0, c.size()));
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /** Maps a file that must have some content. */
  public static ByteBuffer mapFilled(Path file) {
    ByteBuffer bytes = map(file);
    require(bytes.hasRemaining(), "the file is empty");
    return bytes;
  }

  /**
   * Refuses a file to which links lead out of a folder.
   *
   * @param otherwise what a caller can do who wants just this file; may be empty
   */
  public static void requireWithin(Path file, @Nullable Path folder, String otherwise) {
    try {
      require(Files.exists(file), "%s: no such file", name(file));
      require(
          folder != null && file.toRealPath().startsWith(folder.toRealPath()),
          "%s is outside of the model's folder%s",
          name(file),
          otherwise);
    } catch (IOException e) {
      throw new ModelException(name(file) + ": " + unreadable(e).getMessage(), e);
    }
  }

  public static ModelException unreadable(IOException e) {
    return new ModelException(
        "cannot be read: "
            + (e instanceof AccessDeniedException
                ? "permission denied"
                : String.valueOf(e.getMessage())),
        e);
  }

  /** Whether there is no byte that no text has, such as in numbers and lengths, near the front. */
  public static boolean isText(ByteBuffer bytes) {
    for (int i = 0; i < Math.min(bytes.limit(), 1 << 12); i++) {
      byte b = bytes.get(i);
      if (b >= 0 && b < ' ' && b != '\n' && b != '\r' && b != '\t' && b != '\f') {
        return false;
      }
    }
    return true;
  }

  /** SHA-256 over all files, one after the other. */
  public static String sha256(List<Path> files) {
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
      throw unreadable(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
