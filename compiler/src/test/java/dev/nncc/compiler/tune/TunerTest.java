package dev.nncc.compiler.tune;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.compiler.CompileListener;
import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.Compiler;
import dev.nncc.compiler.KernelOptions;
import dev.nncc.compiler.Tuning;
import dev.nncc.graph.Graph;
import dev.nncc.graph.text.GraphParser;
import dev.nncc.tensor.schedule.Deviation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TunerTest {
  private static final Graph GRAPH =
      GraphParser.parse(
          """
          graph "g"
          in %0: f32[1,8,14,14] name="x"
          %1 = Conv(%0, #a: f32[32,8,3,3]) {pads=[1,1,1,1]} : f32[1,32,14,14]
          %2 = Relu(%1) : f32[1,32,14,14]
          %3 = Conv(%2, #b: f32[48,32,1,1]) {pads=[0,0,0,0]} : f32[1,48,14,14]
          out %3 name="y"
          """);

  @TempDir private Path folder;

  @Test
  void aSearchEndsInTimesAndSchedulesThatFit() throws IOException {
    List<String> heard = new ArrayList<>();
    Tuner.Result r =
        new Tuner(0.5, 1, folder)
            .tune(GRAPH, CompileOptions.DEFAULT, (what, done, total) -> heard.add(what));
    assertThat(heard).contains("tuning").endsWith("confirming");
    assertThat(r.kernels()).isGreaterThanOrEqualTo(2);
    assertThat(r.rule()).isPositive();
    assertThat(r.tuned()).isPositive().isLessThanOrEqualTo(r.rule());
    assertThat(Tuning.parse(r.tuning().print())).isEqualTo(r.tuning());
  }

  @Test
  void trialsNameTheKernelsAndTimeThem() throws IOException {
    Tuning tuning;
    try (Trial rule =
            Trial.of(GRAPH, CompileOptions.DEFAULT, Deviation.NONE, 1, folder.resolve("a"));
        Trial other =
            Trial.of(
                GRAPH, CompileOptions.DEFAULT, Deviation.all().get(0), 1, folder.resolve("b"))) {
      assertThat(rule.made().keySet()).isEqualTo(other.made().keySet());
      assertThat(rule.block(0).keySet()).isEqualTo(rule.made().keySet());
      assertThat(rule.block(0).values()).allMatch(ms -> ms >= 0).anyMatch(ms -> ms > 0);
      Map<String, Tuning.Entry> entries = new TreeMap<>();
      other.made().values().forEach(m -> entries.put(m.key(), new Tuning.Entry("", m.script())));
      tuning = new Tuning(entries);
    }
    // What a tuning names is compiled as it says, each time to the same bytes.
    byte[] plain = library("plain", CompileOptions.DEFAULT);
    CompileOptions tuned =
        CompileOptions.DEFAULT.withKernels(KernelOptions.DEFAULT.withTuning(tuning));
    assertThat(library("one", tuned)).isEqualTo(library("two", tuned)).isNotEqualTo(plain);
  }

  /** Numbers of tokens are rows of a table, which may have only two. */
  @Test
  void inputsThatAreIndicesAreInTheirTables() throws IOException {
    Graph tokens =
        GraphParser.parse(
            """
            graph "g"
            in %0: i64[1,64] name="tokens"
            %1 = Gather(#table: f32[2,16], %0) {axis=0} : f32[1,64,16]
            out %1 name="y"
            """);
    try (Trial t =
        Trial.of(tokens, CompileOptions.DEFAULT, Deviation.NONE, 1, folder.resolve("tokens"))) {
      assertThat(t.block(0)).isNotEmpty();
    }
  }

  private byte[] library(String name, CompileOptions options) throws IOException {
    new Compiler(CompileListener.NONE).compile("m", GRAPH, folder.resolve(name), options);
    return Files.readAllBytes(folder.resolve(name).resolve("libm.so"));
  }
}
