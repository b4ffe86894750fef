package dev.nncc.models.zoo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.frontend.Importers;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.graph.Graph;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.PassOptions;
import dev.nncc.passes.RewriteListener.Application;
import dev.nncc.passes.standard.Pipelines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the passes do with whole architectures. */
class PipelineOnZooTest {
  private static final PassOptions OPTIONS = PassOptions.DEFAULT.withVerify(true);

  @TempDir Path folder;

  private Graph graph(String name, ZooOptions options) throws IOException {
    // A file of its own: graphs read their weights from it while they live.
    Path file = Files.createTempFile(folder, name, ".onnx");
    Zoo.write(name, options, file);
    return Importers.importModel(file, ImportOptions.NONE).graph();
  }

  private static Graph run(Graph g, List<Application> applications) {
    return Pipelines.standard(OPTIONS).run(g, new PassContext(OPTIONS, applications::add));
  }

  private void secondRunChangesNothing(String name) throws IOException {
    Graph once = run(graph(name, ZooOptions.defaults()), new ArrayList<>());
    List<Application> again = new ArrayList<>();
    Graph twice = run(once, again);
    assertThat(again).as(name).isEmpty();
    assertThat(twice).as(name).isSameAs(once);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lenet",
        "squeezenet1.1",
        "googlenet",
        "densenet121",
        "mobilenet-v1",
        "mobilenet-v2",
        "mobilenet-v3-small",
        "shufflenet-v2",
        "efficientnet-b0",
        "resnet18",
        "gpt",
        "lstm",
        "gru"
      })
  void aSecondRunChangesNothing(String name) throws IOException {
    secondRunChangesNothing(name);
  }

  @ParameterizedTest
  @MethodSource("dev.nncc.models.zoo.Zoo#names")
  @Tag("full")
  void aSecondRunChangesNothingInAnyModel(String name) throws IOException {
    secondRunChangesNothing(name);
  }

  private Graph transformer(long layers) throws IOException {
    return graph(
        "bert-base",
        new ZooOptions(
            1, Map.of("layers", layers, "width", 32L, "heads", 2L, "vocab", 50L, "sequence", 8L)));
  }

  @Test
  void workGrowsAsTheModelDoes() throws IOException {
    List<Application> few = new ArrayList<>();
    List<Application> many = new ArrayList<>();
    Graph small = transformer(20);
    Graph large = transformer(40);
    run(small, few);
    run(large, many);
    double growth = (double) large.nodes().size() / small.nodes().size();
    assertThat(growth).isBetween(1.9, 2.1);
    assertThat((double) many.size() / few.size()).isBetween(1.9, 2.1);
  }

  @Test
  void aTransformerOfFiveThousandNodesIsNoTrouble() throws IOException {
    Graph g = transformer(120);
    assertThat(g.nodes().size()).isGreaterThan(5_000);
    long start = System.nanoTime();
    Graph after = run(g, new ArrayList<>());
    System.out.printf(
        "%d nodes: passes took %.2f s%n", g.nodes().size(), (System.nanoTime() - start) / 1e9);
    assertThat(after.nodes().size()).isLessThan(g.nodes().size() / 2);
  }
}
