package dev.nncc.benchmarks;

import dev.nncc.benchmarks.Results.Change;
import dev.nncc.benchmarks.Results.Interval;
import dev.nncc.compiler.CompileListener;
import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.Compiler;
import dev.nncc.compiler.peer.Stopwatch;
import dev.nncc.compiler.run.CompiledModel;
import dev.nncc.compiler.run.ModelFolder;
import dev.nncc.graph.Tensor;
import dev.nncc.runtime.ContextOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One model, compiled by this checkout and by another one, in turn in this process.
 *
 * @param other the other checkout
 * @param seconds of measuring each side
 * @param folder for the libraries
 */
record Before(Subject subject, Path other, List<Integer> threads, double seconds, Path folder) {
  Change measure(Results.Origin origin) throws IOException {
    Path now = folder.resolve("now");
    Path then = folder.resolve("then");
    Files.createDirectories(now);
    new Compiler(CompileListener.NONE)
        .compile(subject.file(), now, CompileOptions.DEFAULT.withImports(subject.imports()));
    CompileCost.process(command(then));
    List<Interval> intervals = new ArrayList<>();
    for (int count : threads) {
      intervals.add(interval(now, then, count));
    }
    return new Change(subject.name(), origin, Session.commit(other), intervals, "");
  }

  private String[] command(Path to) {
    List<String> words =
        new ArrayList<>(
            List.of(
                other.resolve("nncc").toAbsolutePath().toString(),
                "compile",
                subject.file().toString(),
                "-o",
                to.toString(),
                "--quiet"));
    subject
        .imports()
        .inputShapes()
        .forEach(
            (name, shape) -> {
              String dims = shape.stream().map(String::valueOf).collect(Collectors.joining("x"));
              words.add("--input-shape=" + name + "=" + dims);
            });
    return words.toArray(new String[0]);
  }

  private Interval interval(Path now, Path then, int count) throws IOException {
    ContextOptions options = ContextOptions.DEFAULT.withThreads(count);
    try (CompiledModel ours = CompiledModel.open(ModelFolder.find(now).library(), options);
        CompiledModel theirs = CompiledModel.open(ModelFolder.find(then).library(), options)) {
      List<Tensor> inputs = subject.inputs(ours.model());
      ours.setInputs(inputs);
      theirs.setInputs(inputs);
      List<Double> ratios =
          new Stopwatch(seconds).time(ours::run, theirs::run, (done, total) -> {}).ratios();
      int n = ratios.size();
      return new Interval(count, ratios.get(n / 4), ratios.get(n / 2), ratios.get(n - 1 - n / 4));
    }
  }
}
