package dev.nncc.codegen.llvm.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeCacheTest {
  @TempDir Path folder;

  @Tag("full")
  @Test
  void threeProcessesRaceForAnEmptyCache() throws Exception {
    Path cache = folder.resolve("cache");
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    List<Process> processes = new ArrayList<>();
    List<Path> works = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Path work = Files.createDirectories(folder.resolve("work" + i));
      works.add(work);
      processes.add(
          new ProcessBuilder(
                  java,
                  "-cp",
                  System.getProperty("java.class.path"),
                  BuildSample.class.getName(),
                  work.toString(),
                  cache.toString())
              .redirectErrorStream(true)
              .start());
    }
    for (Process p : processes) {
      String output = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(p.waitFor()).as(output).isZero();
    }
    byte[] first = Files.readAllBytes(works.get(0).resolve("libsample.so"));
    for (Path work : works) {
      assertThat(Files.readAllBytes(work.resolve("libsample.so"))).isEqualTo(first);
    }
    try (Stream<Path> files = Files.walk(cache)) {
      // lld and libLLVM with its wrapper, not clang and its headers
      assertThat(
              files
                  .filter(f -> Files.isRegularFile(f, LinkOption.NOFOLLOW_LINKS))
                  .mapToLong(f -> f.toFile().length())
                  .sum())
          .isLessThan(250L << 20);
    }
  }
}
