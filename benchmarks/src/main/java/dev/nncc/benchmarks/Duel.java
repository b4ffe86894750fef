package dev.nncc.benchmarks;

import dev.nncc.benchmarks.Results.Hot;
import dev.nncc.benchmarks.Results.Timed;
import dev.nncc.compiler.CompileListener;
import dev.nncc.compiler.CompileReport;
import dev.nncc.compiler.Compiler;
import dev.nncc.compiler.measure.KernelTimes;
import dev.nncc.compiler.peer.FrozenModel;
import dev.nncc.compiler.peer.Peer;
import dev.nncc.compiler.peer.Stopwatch;
import dev.nncc.compiler.run.CompiledModel;
import dev.nncc.compiler.run.ModelFolder;
import dev.nncc.graph.Compare;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.runtime.ContextOptions;
import dev.nncc.runtime.TensorInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One model compiled and measured against the peer in this process.
 *
 * @param seconds of measuring each side
 * @param folder for the library
 */
record Duel(Subject subject, Peer peer, List<Integer> threads, double seconds, Path folder) {
  Results.Comparison run(Results.Origin origin) throws IOException {
    Path home = folder.resolve(subject.name());
    Files.createDirectories(home);
    CompileReport report =
        new Compiler(CompileListener.NONE).compile(subject.file(), home, subject.options());
    Path library = ModelFolder.find(home).library();
    Path theirs = FrozenModel.write(subject.file(), home).orElse(subject.file());
    List<Timed> timed = new ArrayList<>();
    double difference = 0;
    for (int count : threads) {
      ContextOptions options = ContextOptions.DEFAULT.withThreads(count);
      try (CompiledModel ours = CompiledModel.open(library, options)) {
        List<Tensor> inputs = subject.inputs(ours.model());
        ours.setInputs(inputs);
        try (Peer.Session session = peer.open(theirs, inputs, zeros(ours), count)) {
          Stopwatch.Result r =
              new Stopwatch(seconds).time(ours::run, session::run, (done, total) -> {});
          timed.add(
              new Timed(
                  count,
                  r.ours().median(),
                  r.theirs().orElseThrow().median(),
                  r.ratio().orElseThrow(),
                  Results.Pair.of(r.pairs())));
          ours.context().resetState();
          ours.run();
          List<String> names = ours.model().outputs().stream().map(TensorInfo::name).toList();
          difference = Math.max(difference, difference(ours.outputs(), theirs(session, names)));
        }
      }
    }
    return new Results.Comparison(
        subject.name(),
        origin,
        peer.name() + " " + peer.version(),
        report.flops(),
        timed,
        difference,
        hot(library),
        "");
  }

  /** What our first run finds in its states. */
  private static Map<String, Tensor> zeros(CompiledModel ours) {
    Map<String, Tensor> states = new LinkedHashMap<>();
    for (TensorInfo t : ours.model().states()) {
      states.put(t.name(), new TensorBuilder(CompiledModel.type(t)).build());
    }
    return states;
  }

  /** What our side gives to the caller; states are not among it. */
  private static List<Tensor> theirs(Peer.Session session, List<String> names) {
    Map<String, Tensor> all = session.named();
    return all.keySet().containsAll(names)
        ? names.stream().flatMap(n -> Optional.ofNullable(all.get(n)).stream()).toList()
        : List.copyOf(all.values());
  }

  private static double difference(List<Tensor> ours, List<Tensor> theirs) {
    double worst = ours.size() == theirs.size() ? 0 : Double.POSITIVE_INFINITY;
    for (int i = 0; i < Math.min(ours.size(), theirs.size()); i++) {
      boolean same = ours.get(i).type().equals(theirs.get(i).type());
      double d = same ? Compare.relativeL2(ours.get(i), theirs.get(i)) : Double.POSITIVE_INFINITY;
      worst = Math.max(worst, d);
    }
    return worst;
  }

  /** The kernels of a run on one thread, the slowest first. */
  private List<Hot> hot(Path library) throws IOException {
    List<Tensor> inputs;
    try (CompiledModel model = CompiledModel.open(library, ContextOptions.DEFAULT.withThreads(1))) {
      inputs = subject.inputs(model.model());
    }
    KernelTimes times = KernelTimes.measure(library, inputs, 1, Math.min(0.5, seconds));
    List<KernelTimes.Timed> kernels = new ArrayList<>(times.kernels());
    kernels.sort(Comparator.comparing(k -> -k.milliseconds()));
    double total = Math.max(1e-9, times.total());
    return kernels.stream()
        .map(
            k ->
                new Hot(
                    k.name(),
                    k.sourceNodes(),
                    k.milliseconds() / total,
                    k.flopsPerSecond(),
                    k.bytesPerSecond()))
        .toList();
  }
}
