package dev.nncc.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Libraries that came out of jars, each once for all processes of a user, named by the SHA-256 of
 * their bytes. A file appears under its name when it is complete and on disk; of processes that
 * race for it each writes one and the last one stays, which are the same bytes.
 *
 * @param folder made when it is needed; where it cannot be written, a temporary folder of this
 *     process takes its place
 */
record LibraryCache(Path folder) {
  /** What is written at once lies in huge pages of the system's cache, where it has such. */
  private static final int COPY_BYTES = 1 << 21;

  /** Gives the bytes of a library, each time from their start. */
  interface Source {
    InputStream open() throws IOException;
  }

  /**
   * The user's: the system property {@code nncc.cache}, else {@code $XDG_CACHE_HOME/nncc/models} or
   * {@code ~/.cache/nncc/models}.
   */
  static LibraryCache ofUser() {
    String given = System.getProperty("nncc.cache");
    if (given != null) {
      return new LibraryCache(Path.of(given));
    }
    String xdg = System.getenv("XDG_CACHE_HOME");
    Path caches =
        xdg == null || xdg.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(xdg);
    return new LibraryCache(caches.resolve("nncc").resolve("models"));
  }

  /**
   * The file with a source's bytes.
   *
   * @param known their SHA-256, when it is known: a file that is there already is then taken
   *     without reading the source
   * @throws IOException when the source cannot be read, or its bytes have another hash
   */
  Path file(Source source, Optional<String> known) throws IOException {
    String hash = known.isPresent() ? known.get() : hash(source);
    Path kept = folder.resolve(hash + ".so");
    if (Files.isRegularFile(kept)) {
      return kept;
    }
    Path temporary = temporary().orElse(null);
    if (temporary == null) {
      return ofThisProcess(source, hash);
    }
    try {
      copy(source, hash, temporary);
      return Files.move(temporary, kept, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /** A new file beside those that are complete; empty where none can be written. */
  private Optional<Path> temporary() {
    try {
      Files.createDirectories(folder);
      return Optional.of(Files.createTempFile(folder, "part-", ".tmp"));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Path ofThisProcess(Source source, String hash) throws IOException {
    Path own = Files.createTempDirectory("nncc-");
    Path file = own.resolve(hash + ".so");
    own.toFile().deleteOnExit(); // in the reverse order of these calls: the file goes first
    file.toFile().deleteOnExit();
    copy(source, hash, file);
    return file;
  }

  private static void copy(Source source, String hash, Path to) throws IOException {
    DigestInputStream in = new DigestInputStream(source.open(), sha256());
    try (in;
        FileChannel file =
            FileChannel.open(to, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      OutputStream out = Channels.newOutputStream(file);
      byte[] buffer = new byte[COPY_BYTES];
      for (int n = in.readNBytes(buffer, 0, COPY_BYTES);
          n > 0;
          n = in.readNBytes(buffer, 0, COPY_BYTES)) {
        out.write(buffer, 0, n);
      }
      file.force(true); // a rename may otherwise reach the disk before the bytes
    }
    String found = HexFormat.of().formatHex(in.getMessageDigest().digest());
    if (!found.equals(hash)) {
      throw new IOException("its SHA-256 is " + found + ", not " + hash);
    }
  }

  private static String hash(Source source) throws IOException {
    try (DigestInputStream in = new DigestInputStream(source.open(), sha256())) {
      in.transferTo(OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(in.getMessageDigest().digest());
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
