package dev.nncc.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nncc.compiler.CompileListener;
import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.CompileOptions.Stage;
import dev.nncc.compiler.CompileReport;
import dev.nncc.compiler.Compiler;
import dev.nncc.compiler.ShapeChoice;
import dev.nncc.compiler.run.CompiledModel;
import dev.nncc.compiler.run.ModelFolder;
import dev.nncc.frontend.importing.ImportResult;
import dev.nncc.frontend.importing.ModelFacts;
import dev.nncc.graph.Graph;
import dev.nncc.runtime.Model;
import dev.nncc.runtime.ShapeProfile;
import dev.nncc.runtime.TensorInfo;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code nncc inspect}: what is in a model or a library. */
@Command(
    name = "inspect",
    description = "Says what is in a model file or a compiled library.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  nncc inspect model.onnx",
      "  nncc inspect model.onnx --dim batch=1",
      "  nncc inspect out/libmodel.so",
    })
final class InspectCommand implements Callable<Integer> {
  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Parameters(
      paramLabel = "PATH",
      description =
          "A model (ONNX, TensorFlow, Caffe), a graph as .nn text, a compiled library, or the folder"
              + " that 'compile -o' wrote.")
  private Path path;

  @Mixin private ImportFlags imports;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    if (InputFiles.isLibrary(path)) {
      InputFiles.refuseFor(path, spec, List.of("imports"), Set.of());
      library(ModelFolder.find(path), out);
    } else {
      InputFiles.requireModel(path);
      try (Progress progress =
          new Progress(spec.commandLine().getErr(), false, Progress.isTerminal(), "reading")) {
        if (path.toString().endsWith(".nn")) {
          text(out);
        } else {
          model(out);
        }
      }
    }
    return ExitCodes.DONE;
  }

  private void text(PrintWriter out) throws IOException {
    Graph g = read().graph();
    line(out, "graph", "%s", g.name());
    types(g, out);
    Map<String, Long> counts =
        g.nodes().stream()
            .collect(
                Collectors.groupingBy(n -> n.op().name(), TreeMap::new, Collectors.counting()));
    line(out, "operators", "%s", counts.toString().replaceAll("[{}]", "").replace('=', ' '));
  }

  private static void types(Graph g, PrintWriter out) {
    g.inputs().forEach(v -> line(out, "input", "%s: %s", v.name(), v.type()));
    for (int i = 0; i < g.outputs().size(); i++) {
      line(out, "output", "%s: %s", g.outputNames().get(i), g.outputs().get(i).type());
    }
  }

  private void model(PrintWriter out) throws IOException {
    ImportResult imported = read();
    ModelFacts facts = imported.facts();
    long bytes = 0;
    for (Path file : Compiler.files(path, options())) {
      bytes += Files.size(file);
    }
    line(out, "file", "%s, %s", facts.file(), Figures.bytes(bytes));
    line(out, "format", "%s", format(facts));
    if (!facts.producer().isEmpty()) {
      line(out, "producer", "%s", facts.producer());
    }
    types(imported.graph(), out);
    line(out, "operators", "%s", counts(facts));
    line(out, "weights", "%,d numbers", facts.parameters());
    if (!facts.frozen().isEmpty()) {
      line(
          out,
          "frozen",
          "%d weights that the file also lists as inputs are constants (--overridable): %s",
          facts.frozen().size(),
          String.join(", ", facts.frozen()));
    }
    CompileReport report =
        new Compiler(CompileListener.NONE)
            .compile(path, path.resolveSibling("unused"), options().withStopAfter(Stage.LOWER));
    line(out, "work", "%s a run in %d launches", Figures.flops(report.flops()), report.launches());
    line(out, "memory", "%s for intermediate values", Figures.bytes(report.arenaBytes()));
    facts.metadata().forEach((key, value) -> line(out, "metadata", "%s = %s", key, oneLine(value)));
    facts.assumed().forEach(note -> line(out, "note", "%s", note));
  }

  private CompileOptions options() {
    return CompileOptions.DEFAULT.withImports(imports.options());
  }

  private ImportResult read() throws IOException {
    return Compiler.read(path, options(), ShapeChoice.NONE);
  }

  private static String format(ModelFacts facts) {
    String version =
        switch (facts.format()) {
          case ONNX -> ", IR version " + facts.irVersion();
          case TENSORFLOW -> facts.irVersion() > 0 ? ", graph version " + facts.irVersion() : "";
          case CAFFE -> facts.irVersion() < 2 ? ", layers in an old form" : "";
        };
    return facts.format().title()
        + version
        + (facts.opsets().isEmpty() ? "" : ", operator sets " + facts.opsets());
  }

  private static String counts(ModelFacts facts) {
    return facts.operators().entrySet().stream()
        .sorted((a, b) -> b.getValue().compareTo(a.getValue()))
        .map(e -> e.getKey() + " " + e.getValue())
        .collect(Collectors.joining(", "));
  }

  private static String oneLine(String text) {
    return text.replace("\n", "\\n");
  }

  private static void library(ModelFolder folder, PrintWriter out) throws IOException {
    try (Model m = Model.load(folder.library())) {
      line(out, "library", "%s, %s", folder.library(), Figures.bytes(Files.size(folder.library())));
      line(out, "model", "%s, source hash %016x", m.name(), m.sourceHash());
      line(out, "compiled", "by nncc %s for %s", m.compilerVersion(), m.target());
      if (m.variants().size() > 1) {
        m.variants().forEach(v -> line(out, "variant", "%s", v));
      }
      m.inputs().forEach(t -> line(out, "input", "%s: %s", t.name(), CompiledModel.type(t)));
      m.outputs().forEach(t -> line(out, "output", "%s: %s", t.name(), CompiledModel.type(t)));
      m.states().forEach(t -> line(out, "state", "%s: %s", t.name(), CompiledModel.type(t)));
      if (m.profiles().size() > 1) {
        m.profiles().forEach(p -> line(out, "profile", "%s", profile(p, folder)));
      }
      line(out, "work", "%s", work(m.largestProfile(), folder));
      line(out, "weights", "%s", weights(m));
      line(out, "memory", "%s for intermediate values", Figures.bytes(m.arenaBytes()));
    }
    if (folder.description().isPresent()) {
      line(out, "precision", "%s", folder.precision());
      JsonNode source = folder.description().get().path("source");
      line(
          out,
          "source",
          "%s, sha256 %s",
          source.path("file").asText(),
          source.path("sha256").asText());
      String operators =
          source.path("operators").properties().stream()
              .map(e -> e.getKey() + " " + e.getValue().asInt())
              .collect(Collectors.joining(", "));
      line(out, "operators", "%s", operators);
      line(out, "numbers", "%,d in weights of the model", source.path("parameters").asLong());
    }
    folder
        .metadata()
        .forEach((key, value) -> line(out, "metadata", "%s = %s", key, oneLine(value)));
  }

  /** Those that the library holds, and those that its first context makes. */
  private static String weights(Model m) {
    String held = Figures.bytes(m.weightBytes());
    if (m.preparedBytes() == 0) {
      return held;
    }
    int calls = m.kernels() - m.profiles().stream().mapToInt(ShapeProfile::kernels).sum();
    return String.format(
        Locale.ROOT,
        "%s; %s are made of them at load, by %d call%s that no run makes",
        held,
        Figures.bytes(m.preparedBytes()),
        calls,
        calls == 1 ? "" : "s");
  }

  private static String profile(ShapeProfile p, ModelFolder folder) {
    return String.format(
        Locale.ROOT,
        "%s: %s -> %s, %s, memory %s",
        p.name(),
        shapes(p.inputs()),
        shapes(p.outputs()),
        work(p, folder),
        Figures.bytes(p.arenaBytes()));
  }

  /** The library knows its calls; which of them run beside each other is in its description. */
  private static String work(ShapeProfile p, ModelFolder folder) {
    OptionalInt launches = folder.launches(p.index());
    return Figures.flops(p.flops())
        + " a run in "
        + (launches.isPresent() ? launches.getAsInt() + " launches of " : "")
        + p.kernels()
        + " calls";
  }

  private static String shapes(List<TensorInfo> tensors) {
    return tensors.stream().map(t -> t.name() + t.maxDims()).collect(Collectors.joining(" "));
  }

  private static void line(PrintWriter out, String what, String format, Object... args) {
    out.printf("%-10s %s%n", what, String.format(Locale.ROOT, format, args));
  }
}
