package dev.nncc.frontend.onnx;

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

/** The ONNX standard's own tests through importer and reference evaluation. */
@Tag("data")
class NodeTestScoreboardTest {
  /** What passed when this was last raised: fewer means that something broke. */
  private static final int PASSING = 1101;

  @Test
  void everyTestIsPassedOrRefusedInWords(@TempDir Path folder) throws IOException {
    Path archive = TestData.folder().resolve("onnx-node-tests.zip");
    assumeTrue(Files.exists(archive), "no " + archive);
    Map<String, List<NodeTests.Outcome>> outcomes = new TreeMap<>();
    try (ZipFile zip = new ZipFile(archive.toFile())) {
      NodeTests tests = new NodeTests(zip, folder);
      for (String name : tests.names()) {
        NodeTests.Outcome o = tests.run(name);
        outcomes.computeIfAbsent(o.kind(), k -> new ArrayList<>()).add(o);
      }
    }
    print(outcomes);
    assertThat(outcomes.getOrDefault(NodeTests.CRASHED, List.of())).isEmpty();
    assertThat(outcomes.getOrDefault(NodeTests.PASSED, List.of()).size())
        .isGreaterThanOrEqualTo(PASSING);
  }

  private static void print(Map<String, List<NodeTests.Outcome>> outcomes) throws IOException {
    Path report = Path.of("target", "onnx-node-tests.txt");
    Files.createDirectories(report.getParent());
    try (PrintStream out =
        new PrintStream(Files.newOutputStream(report), false, StandardCharsets.UTF_8)) {
      outcomes.forEach(
          (kind, all) -> {
            System.out.println("ONNX node tests: " + kind + ": " + all.size());
            out.println(kind + ": " + all.size());
            for (NodeTests.Outcome o : all) {
              out.println("  " + o.name() + ": " + o.why());
            }
          });
    }
  }
}
