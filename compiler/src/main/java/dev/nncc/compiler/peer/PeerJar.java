package dev.nncc.compiler.peer;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * The jar of ONNX Runtime: from the user's Maven repository or our cache, else fetched with Maven,
 * which knows the user's mirrors and proxies, else from Maven Central directly.
 *
 * @param repository the user's local Maven repository
 * @param cache where a fetched jar stays
 */
public record PeerJar(Path repository, Path cache) {
  static final String VERSION = "1.29.0";
  private static final String GROUP = "com/microsoft/onnxruntime";
  private static final String FILE = "onnxruntime-" + VERSION + ".jar";
  private static final String SHA256 =
      "5933bbc0c6c4d89afc04bf7c11011de23a947509c1352e5bf5936e62a84e4d10";
  private static final String CENTRAL = "https://repo.maven.apache.org/maven2/";

  /** Says that something slow begins. */
  public interface Notice {
    void say(String what);
  }

  /**
   * The jar; fetched if need be.
   *
   * @throws IOException when it is not there and cannot be fetched
   */
  public Path find(Notice notice) throws IOException {
    String relative = GROUP + "/onnxruntime/" + VERSION + "/" + FILE;
    for (Path known : List.of(repository.resolve(relative), cache.resolve(FILE))) {
      if (Files.isRegularFile(known) && sha256(known).equals(SHA256)) {
        return known;
      }
    }
    notice.say("fetching ONNX Runtime " + VERSION + " (54 MB) from Maven Central");
    Files.createDirectories(cache);
    Path part = Files.createTempDirectory(cache, "fetch-");
    try {
      Path jar = part.resolve(FILE);
      if (!withMaven(part) || !Files.exists(jar)) {
        download(CENTRAL + relative, jar);
      }
      if (!sha256(jar).equals(SHA256)) {
        throw new IOException(FILE + " as fetched is not the file that was published");
      }
      Path to = cache.resolve(FILE);
      return Files.move(jar, to, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part.resolve(FILE));
      Files.deleteIfExists(part);
    }
  }

  private static boolean withMaven(Path folder) throws IOException {
    try {
      Process maven =
          new ProcessBuilder(
                  "mvn",
                  "-q",
                  "-B",
                  "org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy",
                  "-Dartifact=com.microsoft.onnxruntime:onnxruntime:" + VERSION,
                  "-DoutputDirectory=" + folder.toAbsolutePath())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return maven.waitFor() == 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (IOException noMaven) {
      return false;
    }
  }

  private static void download(String address, Path to) throws IOException {
    HttpClient client = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build();
    try {
      HttpResponse<Path> response =
          client.send(
              HttpRequest.newBuilder(URI.create(address)).build(),
              HttpResponse.BodyHandlers.ofFile(to));
      if (response.statusCode() != 200) {
        throw new IOException(address + " answers " + response.statusCode());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (IOException e) {
      throw new IOException("cannot fetch " + address + ": " + e.getMessage(), e);
    }
  }

  private static String sha256(Path file) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
        byte[] buffer = new byte[1 << 16];
        int n = in.read(buffer);
        while (n >= 0) {
          n = in.read(buffer);
        }
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
