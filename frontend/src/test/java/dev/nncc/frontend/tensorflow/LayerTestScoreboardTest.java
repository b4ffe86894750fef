package dev.nncc.frontend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Small TensorFlow graphs with stored results through importer and reference evaluation. */
@Tag("data")
class LayerTestScoreboardTest {
  /** What passed when this was last raised: fewer means that something broke. */
  private static final int PASSING = 1258;

  @Test
  void everyTestIsPassedOrRefusedInWords(@TempDir Path folder) throws IOException {
    Path archive =
        Path.of(System.getProperty("nncc.data", "../../shared/data")).resolve("tf-layer-tests.zip");
    assumeTrue(Files.exists(archive), "no " + archive);
    Map<String, List<LayerTests.Outcome>> outcomes = new TreeMap<>();
    try (ZipFile zip = new ZipFile(archive.toFile())) {
      LayerTests tests = new LayerTests(zip, folder);
      for (String name : tests.names()) {
        LayerTests.Outcome o = tests.run(name);
        outcomes.computeIfAbsent(o.kind(), k -> new ArrayList<>()).add(o);
      }
    }
    print(outcomes);
    assertThat(outcomes.getOrDefault(LayerTests.CRASHED, List.of())).isEmpty();
    assertThat(outcomes.getOrDefault(LayerTests.PASSED, List.of()).size())
        .isGreaterThanOrEqualTo(PASSING);
  }

  private static void print(Map<String, List<LayerTests.Outcome>> outcomes) throws IOException {
    Path report = Path.of("target", "tf-layer-tests.txt");
    Files.createDirectories(report.getParent());
    try (PrintStream out =
        new PrintStream(Files.newOutputStream(report), false, StandardCharsets.UTF_8)) {
      outcomes.forEach(
          (kind, all) -> {
            System.out.println("TensorFlow layer tests: " + kind + ": " + all.size());
            out.println(kind + ": " + all.size());
            for (LayerTests.Outcome o : all) {
              out.println("  " + o.name() + ": " + o.why().replace("\n", " | "));
            }
          });
    }
  }
}
