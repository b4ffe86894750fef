package dev.nncc.maven;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDateTime;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/** A jar with the libraries of one platform; the same files give the same bytes. */
final class PlatformJar {
  /** All entries have it: when they were made says nothing. */
  private static final LocalDateTime TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

  private PlatformJar() {}

  /** Packs all that is below a folder. */
  static void write(Path folder, Path jar) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(folder)) {
      files = all.filter(Files::isRegularFile).sorted().toList();
    }
    Path part = jar.resolveSibling(jar.getFileName() + ".part");
    try (OutputStream file = Files.newOutputStream(part);
        JarOutputStream out = new JarOutputStream(file)) {
      entry(out, JarFile.MANIFEST_NAME);
      out.write("Manifest-Version: 1.0\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
      out.closeEntry();
      for (Path f : files) {
        entry(out, folder.relativize(f).toString().replace('\\', '/'));
        Files.copy(f, out);
        out.closeEntry();
      }
    }
    Files.move(part, jar, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void entry(JarOutputStream out, String name) throws IOException {
    JarEntry entry = new JarEntry(name);
    entry.setTimeLocal(TIME);
    out.putNextEntry(entry);
  }
}
