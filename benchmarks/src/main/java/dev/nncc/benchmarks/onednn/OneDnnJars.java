package dev.nncc.benchmarks.onednn;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * The jars of the newest oneDNN on Maven Central with the JavaCPP that it was built with. Fetched
 * as files: their project descriptions name a parent that was never published, so that Maven
 * refuses them.
 *
 * @param folder where they stay
 */
public record OneDnnJars(Path folder) {
  public static final String VERSION = "3.13";
  private static final String CENTRAL = "https://repo.maven.apache.org/maven2/org/bytedeco/";

  /** Address below {@code org/bytedeco} and the SHA-256 of what was published there. */
  private record Jar(String address, String sha256) {
    String file() {
      return address.substring(address.lastIndexOf('/') + 1);
    }
  }

  private static final List<Jar> JARS =
      List.of(
          new Jar(
              "dnnl/3.13-1.5.14/dnnl-3.13-1.5.14.jar",
              "b228e372c59ea27001931e13de05167d2f394b0661a6a086e468aa675795cfe2"),
          new Jar(
              "dnnl/3.13-1.5.14/dnnl-3.13-1.5.14-linux-x86_64.jar",
              "9c9a46215ec11c7ceb442714083615c74104f4ad7181ff910bf5fa95999070f4"),
          // The classes of oneDNN's device interface name its types; nothing of it runs.
          new Jar(
              "opencl/3.0-1.5.13/opencl-3.0-1.5.13.jar",
              "191a8650f9d0cfa14f9aa7fba8daceefa201962ddacab392c6b3576d7d38cf75"),
          new Jar(
              "opencl/3.0-1.5.13/opencl-3.0-1.5.13-linux-x86_64.jar",
              "1bb849116c18278396834881039f830d23b32d843db240b45479c59d39b1201b"),
          new Jar(
              "javacpp/1.5.14/javacpp-1.5.14.jar",
              "cb95a82ce1c337690436017eb8886597de71c1463dc16a3570f6a96b7c98a82b"),
          new Jar(
              "javacpp/1.5.14/javacpp-1.5.14-linux-x86_64.jar",
              "1efab617735a44529bb85daaaefabe46c8686582989c46593c36569e9786fdaa"));

  /**
   * The files; fetched if need be.
   *
   * @throws IOException when one cannot be fetched or is not what was published
   */
  public List<Path> find() throws IOException {
    List<Path> files = new ArrayList<>();
    for (Jar jar : JARS) {
      Path file = folder.resolve(jar.file());
      if (!Files.isRegularFile(file) || !sha256(file).equals(jar.sha256())) {
        fetch(jar, file);
      }
      files.add(file);
    }
    return files;
  }

  private void fetch(Jar jar, Path to) throws IOException {
    Files.createDirectories(folder);
    Path part = Files.createTempFile(folder, "fetch-", ".part");
    try {
      try (InputStream in = URI.create(CENTRAL + jar.address()).toURL().openStream()) {
        Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
      }
      if (!sha256(part).equals(jar.sha256())) {
        throw new IOException(jar.file() + " as fetched is not the file that was published");
      }
      Files.move(part, to, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private static String sha256(Path file) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(Files.readAllBytes(file)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
