package dev.nncc.compiler.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.nncc.frontend.Importers;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.graph.Graph;
import dev.nncc.graph.ModelException;
import dev.nncc.passes.Pass;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.PassOptions;
import dev.nncc.passes.PipelineListener;
import dev.nncc.passes.RewriteListener.Application;
import dev.nncc.passes.standard.Pipelines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Running all passes a second time changes no trained model: no rules undo each other. */
@Tag("data")
class PipelineOnStoredModelsTest {
  private static final Path FOLDER =
      Path.of(System.getProperty("nncc.data", "../../shared/data"), "onnx-models");

  private static final PassOptions OPTIONS = PassOptions.DEFAULT.withVerify(true);

  @Test
  void aSecondRunChangesNothing() throws IOException {
    assumeTrue(Files.isDirectory(FOLDER), "no " + FOLDER + ": set -Dnncc.data");
    List<String> changed = new ArrayList<>();
    int models = 0;
    for (Path folder : folders()) {
      Graph g;
      try (TestCases cases = TestCases.find(folder)) {
        ImportOptions shapes = ImportOptions.NONE;
        for (var shape : StoredFacts.read(folder).shapes().entrySet()) {
          shapes = shapes.withInputShape(shape.getKey(), shape.getValue());
        }
        g = Importers.importModel(cases.cases().get(0).model(), shapes).graph();
      } catch (ModelException e) {
        // Operators that are not supported are the conformance tests' business.
        continue;
      }
      models++;
      Graph once = Pipelines.standard(OPTIONS).run(g, new PassContext(OPTIONS));
      List<Application> again = new ArrayList<>();
      List<String> passes = new ArrayList<>();
      PipelineListener listener =
          new PipelineListener() {
            @Override
            public void passed(String stage, Pass pass, Graph before, Graph after, long time) {
              if (before != after) {
                passes.add(pass.name());
              }
            }
          };
      PassContext context = new PassContext(OPTIONS, again::add);
      Graph twice = Pipelines.standard(OPTIONS).run(once, context, listener);
      // Large weights that passes compute are compared only when a later run sees them.
      boolean onlyEqualWeights = again.isEmpty() && passes.equals(List.of("cse"));
      if (twice != once && !onlyEqualWeights) {
        changed.add(folder.getFileName() + " " + passes + again);
      }
    }
    assertThat(changed).isEmpty();
    assertThat(models).isGreaterThan(30);
  }

  private static List<Path> folders() throws IOException {
    try (Stream<Path> all = Files.list(FOLDER)) {
      return all.filter(Files::isDirectory).sorted().toList();
    }
  }
}
