package dev.nncc.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which file stands for the library of a class; that it loads is tested with real libraries. */
class PackagedLibraryTest {
  private static final byte[] BYTES = new byte[300_000];
  private static final String CLASS = Packed.class.getName();
  private static final String NAME =
      "META-INF/nncc/" + PackagedLibrary.platform() + "/" + CLASS + ".so";

  static {
    new java.util.Random(1).nextBytes(BYTES);
  }

  @TempDir Path folder;

  /** What a model is packed with. */
  static final class Packed {}

  /** Another process that takes the library out of a jar. */
  static final class Taker {
    public static void main(String[] arguments) throws IOException {
      int ready = System.in.read();
      Path file = PackagedLibrary.file(Packed.class, new LibraryCache(Path.of(arguments[0])));
      System.out.print(ready + " " + PackagedLibraryTest.sha256(Files.readAllBytes(file)));
    }
  }

  @Test
  void platformsAreNamedAsTheCompilerNamesThem() {
    assertThat(PackagedLibrary.platform()).matches("linux-(x86_64|aarch64)");
  }

  @Test
  void fromAFolderItIsTheFileItself() throws Exception {
    Path file = folder.resolve("classes").resolve(NAME);
    Files.createDirectories(file.getParent());
    Files.write(file, BYTES);
    LibraryCache cache = new LibraryCache(folder.resolve("cache"));
    try (URLClassLoader loader = loader(folder.resolve("classes"))) {
      assertThat(PackagedLibrary.file(loader.loadClass(CLASS), cache)).isEqualTo(file);
    }
    assertThat(folder.resolve("cache")).doesNotExist();
  }

  @Test
  void fromAJarItIsCopiedOnce() throws Exception {
    for (boolean hashed : List.of(true, false)) {
      Path cache = folder.resolve("cache-" + hashed);
      Path jar = jar("a-" + hashed, BYTES, hashed ? sha256(BYTES) : "");
      try (URLClassLoader loader = loader(jar)) {
        Class<?> owner = loader.loadClass(CLASS);
        Path file = PackagedLibrary.file(owner, new LibraryCache(cache));
        assertThat(file).hasBinaryContent(BYTES).hasFileName(sha256(BYTES) + ".so");
        Object key = Files.readAttributes(file, "unix:ino").get("ino");
        assertThat(PackagedLibrary.file(owner, new LibraryCache(cache))).isEqualTo(file);
        assertThat(Files.readAttributes(file, "unix:ino").get("ino")).isEqualTo(key);
        assertThat(list(cache)).containsExactly(file);
      }
    }
  }

  @Test
  void bytesThatAreNotThoseOfTheHashAreRefused() throws Exception {
    Path cache = folder.resolve("cache");
    try (URLClassLoader loader = loader(jar("wrong", BYTES, sha256(new byte[1])))) {
      Class<?> owner = loader.loadClass(CLASS);
      assertThatThrownBy(() -> PackagedLibrary.file(owner, new LibraryCache(cache)))
          .isInstanceOf(NnccException.class)
          .hasMessageContaining("SHA-256");
    }
    assertThat(list(cache)).isEmpty();
  }

  @Test
  void whatIsMissingIsNamed() throws Exception {
    try (URLClassLoader loader = loader(folder)) {
      Class<?> owner = loader.loadClass(CLASS);
      assertThatThrownBy(() -> Model.load(owner))
          .isInstanceOf(NnccException.class)
          .hasMessageContaining("no resource " + NAME);
    }
  }

  @Test
  void aCacheThatCannotBeWrittenIsReplaced() throws Exception {
    Path file = Files.writeString(folder.resolve("no-folder"), "");
    try (URLClassLoader loader = loader(jar("b", BYTES, sha256(BYTES)))) {
      Path found = PackagedLibrary.file(loader.loadClass(CLASS), new LibraryCache(file));
      assertThat(found).hasBinaryContent(BYTES);
      assertThat(Files.getPosixFilePermissions(found.getParent()))
          .isEqualTo(PosixFilePermissions.fromString("rwx------"));
      Files.delete(found);
      Files.delete(found.getParent());
    }
  }

  @Test
  void processesThatRaceAllGetTheWholeFile() throws Exception {
    Path cache = folder.resolve("raced");
    Path jar = jar("race", BYTES, sha256(BYTES));
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String classes = jar + ":" + System.getProperty("java.class.path");
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      processes.add(
          new ProcessBuilder(java, "-cp", classes, Taker.class.getName(), cache.toString())
              .redirectErrorStream(true)
              .start());
    }
    for (Process p : processes) {
      p.getOutputStream().write('1'); // all begin at one time
      p.getOutputStream().flush();
    }
    for (Process p : processes) {
      String output = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(p.waitFor()).as(output).isZero();
      assertThat(output).isEqualTo((int) '1' + " " + sha256(BYTES));
    }
    assertThat(list(cache)).hasSize(1);
  }

  /** Loads the class anew, so that its resources are looked for there. */
  private static URLClassLoader loader(Path place) throws IOException {
    URL own = PackagedLibraryTest.class.getProtectionDomain().getCodeSource().getLocation();
    URL runtime = Model.class.getProtectionDomain().getCodeSource().getLocation();
    return new URLClassLoader(new URL[] {place.toUri().toURL(), own, runtime}, null);
  }

  private Path jar(String name, byte[] library, String hash) throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put(NAME, library);
    if (!hash.isEmpty()) {
      entries.put(NAME + ".sha256", (hash + "\n").getBytes(StandardCharsets.US_ASCII));
    }
    Path jar = folder.resolve(name + ".jar");
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file)) {
      for (Map.Entry<String, byte[]> e : entries.entrySet()) {
        out.putNextEntry(new JarEntry(e.getKey()));
        out.write(e.getValue());
        out.closeEntry();
      }
    }
    return jar;
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
