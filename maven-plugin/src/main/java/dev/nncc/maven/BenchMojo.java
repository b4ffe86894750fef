package dev.nncc.maven;

import dev.nncc.compiler.peer.Stopwatch;
import dev.nncc.compiler.peer.Timing;
import dev.nncc.compiler.run.CompiledModel;
import dev.nncc.compiler.run.TensorInputs;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.runtime.ContextOptions;
import dev.nncc.runtime.ShapeProfile;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;

/** Measures how fast the project's models run on this machine, on random inputs. */
@Mojo(name = "bench", threadSafe = true)
public final class BenchMojo extends ModelsMojo {
  /** Seconds to measure each profile of each model, after warming up. */
  @Parameter(property = "nncc.seconds", defaultValue = "3")
  private double seconds;

  /** Threads of a run; 0: all processors. */
  @Parameter(property = "nncc.threads", defaultValue = "0")
  private int threads;

  /** Makes other random inputs. */
  @Parameter(property = "nncc.seed", defaultValue = "1")
  private long seed;

  @Override
  void use(ModelBuilds.Result compiled) {
    compiled
        .libraries()
        .forEach(
            (job, libraries) -> libraries.stream().filter(this::runsHere).forEach(this::bench));
  }

  private void bench(CompiledLibrary library) {
    ContextOptions options = ContextOptions.DEFAULT.withThreads(threads);
    try (CompiledModel model = CompiledModel.open(library.library(), options)) {
      for (ShapeProfile profile : model.model().profiles()) {
        model.setInputs(inputs(profile));
        Timing t = new Stopwatch(seconds).time(model::run, (done, total) -> {}).ours();
        getLog().info(line(model, profile, t));
      }
    }
  }

  private List<Tensor> inputs(ShapeProfile profile) {
    List<Tensor> inputs = new ArrayList<>();
    for (TensorType type : CompiledModel.inputTypes(profile)) {
      inputs.add(TensorInputs.random(type, seed, inputs.size()));
    }
    return inputs;
  }

  private static String line(CompiledModel model, ShapeProfile profile, Timing t) {
    return String.format(
        Locale.ROOT,
        "%s%s for %s, %d thread%s: min %.3f ms, median %.3f ms, p90 %.3f ms, %.1f GFLOP/s",
        model.model().name(),
        profile.name().isEmpty() ? "" : " " + profile.name(),
        model.model().target(),
        model.context().threads(),
        model.context().threads() == 1 ? "" : "s",
        t.min(),
        t.median(),
        t.p90(),
        profile.flops() / t.median() / 1e6);
  }
}
