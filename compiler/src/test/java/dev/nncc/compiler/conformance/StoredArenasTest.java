package dev.nncc.compiler.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.nncc.compiler.run.TensorFolder;
import dev.nncc.frontend.Importers;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Tensor;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.PassOptions;
import dev.nncc.passes.standard.Pipelines;
import dev.nncc.tensor.lower.Lowerings;
import dev.nncc.tensor.placement.Placement;
import dev.nncc.tensor.plan.ArenaMode;
import dev.nncc.tensor.plan.MemoryPlan;
import dev.nncc.tensor.plan.RunPlan;
import dev.nncc.tensor.plan.RunPlanner;
import dev.nncc.tensor.verify.PlanChecker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Memory plans of trained models: sound, and close to the least that is possible. */
@Tag("data")
class StoredArenasTest {
  /** What the arena may need above the lower bound. */
  private static final double MOST = 1.1;

  @Test
  void smallArenasAreSoundAndNearTheBound() throws IOException {
    check(StoredModelsTest.small());
  }

  @Test
  @Tag("full")
  void allSmallArenasAreSoundAndNearTheBound() throws IOException {
    check(StoredModelsTest.all());
  }

  private static void check(List<String> names) throws IOException {
    int exact = 0;
    for (String name : names) {
      Path folder = StoredModelsTest.FOLDER.resolve(name);
      assumeTrue(Files.isDirectory(folder), "no " + folder + ": set -Dnncc.data");
      Graph graph =
          Pipelines.standard(PassOptions.DEFAULT)
              .run(imported(folder), new PassContext(PassOptions.DEFAULT));
      Placement placement = Placement.of(graph);
      for (ArenaMode mode : ArenaMode.values()) {
        RunPlan plan = RunPlanner.plan(placement, Lowerings.all(), mode);
        assertThat(PlanChecker.problems(plan, placement)).as("%s, %s", name, mode).isEmpty();
        MemoryPlan m = plan.memory();
        if (mode == ArenaMode.SMALL) {
          assertThat((double) m.bytes()).as(name).isLessThanOrEqualTo(MOST * m.lowerBound());
          exact += m.bytes() == m.lowerBound() ? 1 : 0;
        }
      }
    }
    assertThat(exact).isGreaterThanOrEqualTo((names.size() + 1) / 2);
  }

  private static Graph imported(Path folder) throws IOException {
    Path model = folder.resolve("model.onnx");
    StoredFacts facts = StoredFacts.read(folder);
    List<String> inputs = ModelSummary.read(model, ImportOptions.NONE).inputs();
    TensorFolder stored = TensorFolder.list(folder);
    ImportOptions options = ImportOptions.NONE;
    Map<String, Tensor> data = new LinkedHashMap<>();
    for (int i = 0; i < inputs.size(); i++) {
      List<Long> shape = facts.shapes().get(inputs.get(i));
      if (i < stored.inputs()) {
        Tensor t = stored.input(i).orElseThrow();
        data.put(inputs.get(i), t);
        shape = shape == null ? dims(t) : shape;
      }
      options = shape == null ? options : options.withInputShape(inputs.get(i), shape);
    }
    return Importers.importModel(model, Importers.optionsFor(model, options, data)).graph();
  }

  private static List<Long> dims(Tensor t) {
    List<Long> dims = new ArrayList<>();
    for (long d : t.shape().toArray()) {
      dims.add(d);
    }
    return dims;
  }
}
