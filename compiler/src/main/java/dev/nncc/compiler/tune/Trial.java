package dev.nncc.compiler.tune;

import dev.nncc.compiler.Anatomy;
import dev.nncc.compiler.CompileListener;
import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.Compiler;
import dev.nncc.compiler.Parts;
import dev.nncc.compiler.Schedules;
import dev.nncc.compiler.Tuning;
import dev.nncc.compiler.run.CompiledModel;
import dev.nncc.compiler.run.ModelFolder;
import dev.nncc.compiler.run.TensorInputs;
import dev.nncc.graph.Graph;
import dev.nncc.graph.TensorType;
import dev.nncc.runtime.ContextOptions;
import dev.nncc.runtime.KernelProfile;
import dev.nncc.tensor.schedule.AutoSchedule;
import dev.nncc.tensor.schedule.Deviation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/** A model compiled with one way of scheduling, and loaded to be timed. */
final class Trial implements AutoCloseable {
  /**
   * A kernel of the library.
   *
   * @param key of its tuning
   * @param shape for people
   * @param script that schedules it
   */
  record Made(String key, String shape, String script) {}

  private final CompiledModel model;

  /** The kernels by the names of their functions. */
  private final Map<String, Made> made;

  /** For each call of a run the name of its function. */
  private final List<String> calls;

  private Trial(CompiledModel model, Map<String, Made> made, List<String> calls) {
    this.model = model;
    this.made = made;
    this.calls = calls;
  }

  /**
   * Compiles into a folder and loads.
   *
   * @param threads of the runs
   */
  static Trial of(
      Graph graph, CompileOptions options, Deviation deviation, int threads, Path folder)
      throws IOException {
    Map<String, Made> made = new ConcurrentHashMap<>();
    Parts parts =
        Parts.STANDARD.withScheduler(
            (kernel, target) -> {
              AutoSchedule.Scheduled s = Schedules.deviating(kernel, target, deviation);
              made.put(
                  kernel.name(),
                  new Made(Tuning.key(kernel, target.cpu()), Tuning.shape(kernel), s.script()));
              return s.kernel();
            });
    List<Anatomy> anatomies = new ArrayList<>();
    CompileListener listener =
        new CompileListener() {
          @Override
          public void made(Anatomy parts) {
            anatomies.add(parts);
          }
        };
    new Compiler(listener, parts).compile("tuned", graph, folder, options);
    Anatomy anatomy = anatomies.get(0);
    List<String> calls =
        anatomy.functionOfStep().stream().map(f -> anatomy.functions().get(f).name()).toList();
    ContextOptions context =
        ContextOptions.DEFAULT.withThreads(threads).with(ContextOptions.Flag.PROFILE);
    CompiledModel model = CompiledModel.open(ModelFolder.find(folder).library(), context);
    List<TensorType> types = CompiledModel.inputTypes(model.profile());
    model.setInputs(
        IntStream.range(0, types.size())
            .mapToObj(i -> TensorInputs.random(types.get(i), 1, i))
            .toList());
    return new Trial(model, new TreeMap<>(made), calls);
  }

  Map<String, Made> made() {
    return made;
  }

  /** Milliseconds a run of each function, all its calls together, over a block of runs. */
  Map<String, Double> block(double seconds) {
    model.run();
    List<KernelProfile> before = model.context().profile();
    long start = System.nanoTime();
    int runs = 0;
    do {
      model.run();
      runs++;
    } while (System.nanoTime() - start < seconds * 1e9);
    List<KernelProfile> after = model.context().profile();
    Map<String, Double> sums = new LinkedHashMap<>();
    for (int i = 0; i < calls.size(); i++) {
      double ms = (after.get(i).totalNanos() - before.get(i).totalNanos()) / 1e6 / runs;
      sums.merge(calls.get(i), ms, Double::sum);
    }
    return sums;
  }

  @Override
  public void close() {
    model.close();
  }
}
