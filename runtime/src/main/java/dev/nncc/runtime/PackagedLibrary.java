package dev.nncc.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The library that was packed with a class: the resource {@code META-INF/nncc/OS-ARCH/CLASS.so},
 * and beside it, with the further ending {@code .sha256}, the hash of its bytes in hexadecimal.
 */
final class PackagedLibrary {
  private static final String FOLDER = "META-INF/nncc/";

  private PackagedLibrary() {}

  /**
   * A file with the library's bytes: where the resource lies in a folder that file itself, else one
   * in the cache.
   */
  static Path file(Class<?> owner, LibraryCache cache) {
    String name = FOLDER + platform() + "/" + owner.getName() + ".so";
    URL library = resource(owner, name);
    if (library == null) {
      throw new NnccException(
          Status.ARGUMENT,
          String.format(
              "%s has no model for %s: no resource %s", owner.getName(), platform(), name));
    }
    try {
      if (library.getProtocol().equals("file")) {
        return Path.of(library.toURI());
      }
      URL hash = resource(owner, name + ".sha256");
      return cache.file(() -> open(library), hash == null ? Optional.empty() : hash(hash));
    } catch (IOException | URISyntaxException e) {
      throw new NnccException(
          Status.CORRUPT, library + " cannot be read or kept as a file: " + e.getMessage());
    }
  }

  /** As resources are named: {@code linux-x86_64}, {@code linux-aarch64}. */
  static String platform() {
    String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT).replace(" ", "");
    String arch = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    return os + "-" + (arch.equals("amd64") ? "x86_64" : arch);
  }

  /** By the class loader: what lies in META-INF may also come from another jar or module. */
  private static @Nullable URL resource(Class<?> owner, String name) {
    ClassLoader loader = owner.getClassLoader();
    return loader == null ? ClassLoader.getSystemResource(name) : loader.getResource(name);
  }

  private static Optional<String> hash(URL url) throws IOException {
    try (InputStream in = open(url)) {
      String text = new String(in.readNBytes(1 << 10), StandardCharsets.US_ASCII).strip();
      return text.matches("[0-9a-f]{64}") ? Optional.of(text) : Optional.empty();
    }
  }

  /** Not through the cache of open jars, which would keep this one open for good. */
  private static InputStream open(URL url) throws IOException {
    URLConnection connection = url.openConnection();
    connection.setUseCaches(false);
    return connection.getInputStream();
  }
}
