package dev.nncc.models.zoo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.frontend.Importers;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.graph.Graph;
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
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Memory plans of the zoo: sound, and close to the least that is possible. */
class ZooArenaTest {
  /** What the arena may need above the lower bound. */
  private static final double MOST = 1.1;

  @TempDir Path folder;

  @Test
  void smallArenasAreSoundAndNearTheBound() throws IOException {
    check(List.of("lenet", "squeezenet1.1", "shufflenet-v2", "mobilenet-v3-small"));
  }

  @Test
  @Tag("full")
  void allSmallArenasAreSoundAndNearTheBound() throws IOException {
    check(Zoo.names());
  }

  private void check(List<String> names) throws IOException {
    int exact = 0;
    for (String name : names) {
      Path model = folder.resolve("model.onnx");
      Zoo.write(name, ZooOptions.defaults(), model);
      Graph graph =
          Pipelines.standard(PassOptions.DEFAULT)
              .run(
                  Importers.importModel(model, ImportOptions.NONE).graph(),
                  new PassContext(PassOptions.DEFAULT));
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
}
