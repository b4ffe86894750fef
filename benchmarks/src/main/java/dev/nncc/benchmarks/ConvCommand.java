package dev.nncc.benchmarks;

import dev.nncc.benchmarks.Results.Convolutions;
import dev.nncc.benchmarks.Results.Layer;
import dev.nncc.benchmarks.Results.Origin;
import dev.nncc.benchmarks.Results.Sides;
import dev.nncc.benchmarks.onednn.ConvDuel;
import dev.nncc.benchmarks.onednn.ConvShape;
import dev.nncc.benchmarks.onednn.OneDnn;
import dev.nncc.benchmarks.onednn.OneDnnJars;
import dev.nncc.compiler.peer.Stopwatch;
import dev.nncc.frontend.Importers;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.graph.Graph;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Measures the distinct convolutions of zoo models against oneDNN.
 *
 * @param seconds for each side of each convolution, with warm and with cold weights
 */
record ConvCommand(Path work, double seconds, PrintStream out) {
  static final List<String> MODELS = List.of("resnet50", "vgg19");

  Convolutions measure(String model, Origin origin) throws IOException {
    Path jars = Path.of(System.getProperty("user.home")).resolve(".cache/nncc");
    OneDnn oneDnn = new OneDnn(new OneDnnJars(jars).find());
    ConvDuel duel = new ConvDuel(oneDnn, seconds, work.resolve("libraries/convolution"));
    Subject subject = Subject.ofZoo(model, work.resolve("models"));
    Graph graph = Importers.importModel(subject.file(), ImportOptions.NONE).graph();
    List<Layer> layers = new ArrayList<>();
    for (Map.Entry<ConvShape, Integer> e : ConvShape.of(graph).entrySet()) {
      ConvDuel.Result r = duel.run(e.getKey());
      Layer layer =
          new Layer(
              e.getKey().toString(),
              e.getValue(),
              e.getKey().flops(),
              r.implementation(),
              sides(r.warm()),
              sides(r.cold()));
      layers.add(layer);
      out.printf(
          Locale.ROOT,
          "%-36s x%d cold %.4f %.4f ms ratio %.3f, warm %.4f %.4f ms ratio %.3f%n",
          layer.shape(),
          layer.times(),
          layer.cold().ours(),
          layer.cold().theirs(),
          layer.cold().ratio(),
          layer.warm().ours(),
          layer.warm().theirs(),
          layer.warm().ratio());
    }
    return new Convolutions(model, origin, OneDnnJars.VERSION, layers);
  }

  private static Sides sides(Stopwatch.Result r) {
    return new Sides(r.ours().median(), r.theirs().orElseThrow().median(), r.ratio().orElseThrow());
  }
}
