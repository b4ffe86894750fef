package dev.nncc.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.Compiler;
import dev.nncc.compiler.ScratchFolder;
import dev.nncc.compiler.measure.KernelTimes;
import dev.nncc.compiler.peer.Stopwatch;
import dev.nncc.compiler.peer.Timing;
import dev.nncc.compiler.run.CompiledModel;
import dev.nncc.compiler.run.ModelFolder;
import dev.nncc.compiler.run.PictureFormat;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.runtime.ContextOptions;
import dev.nncc.runtime.ShapeProfile;
import dev.nncc.runtime.TensorInfo;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code nncc bench}: how fast a compiled model is. */
@Command(
    name = "bench",
    description = "Measures a compiled library, or a model that is compiled first.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  nncc bench --peak",
      "  nncc bench out --threads 1 --profile",
      "  nncc bench model.onnx --against onnxruntime --json result.json",
      "  nncc bench out --against onnxruntime --model model.onnx --threads 2",
    })
final class BenchCommand implements Callable<Integer> {
  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "PATH",
      description =
          "A library, the folder that 'compile -o' wrote, or a model; none for --peak alone.")
  private @Nullable Path given;

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "[NAME=]FILE",
      description = "Inputs: .npy, .pb, .png or .jpg; random where none is given.")
  private List<String> files = new ArrayList<>();

  @Option(
      names = "--threads",
      converter = Numbers.Count.class,
      paramLabel = "N",
      defaultValue = "0",
      description = "Threads of both sides. Default: 0, all processors.")
  private int threads;

  @Option(
      names = "--seconds",
      converter = Numbers.Positive.class,
      paramLabel = "S",
      defaultValue = "3",
      description = "Time to measure each side, after warming up. Default: 3.")
  private double seconds;

  @Option(
      names = "--profile",
      description =
          "Prints the time of each kernel, and its share of the peak that --peak once measured.")
  private boolean profile;

  @Mixin private PeakFlags peaks;

  @Option(
      names = "--against",
      paramLabel = "onnxruntime",
      description =
          "Measures ONNX Runtime in turn on the same inputs and compares the outputs. It is"
              + " fetched from Maven Central on first use.")
  private @Nullable Against against;

  @Option(
      names = "--model",
      paramLabel = "FILE",
      description =
          "The ONNX model behind a library, for --against. Default: the one beside the library"
              + " whose name MODEL.json has.")
  private @Nullable Path model;

  @Mixin private SeedFlag random;

  @Mixin private TargetFlags target;
  @Mixin private TuningFlag tuning;
  @Mixin private ImportFlags imports;
  @Mixin private PictureFlags pictures;

  @Mixin private ResultFlags results;

  /** They also choose profiles of a library. */
  private static final Set<String> SHAPES = Set.of("--dim", "--input-shape");

  /** Programs to compare with. */
  enum Against {
    ONNXRUNTIME;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Override
  public Integer call() throws IOException {
    if (given == null) {
      if (!peaks.wanted()) {
        throw new CommandLine.ParameterException(
            spec.commandLine(), "name what to measure: a library, a model, or --peak");
      }
      peaks.measure(spec.commandLine(), results.quiet(), results.json());
      return ExitCodes.DONE;
    }
    if (peaks.wanted()) {
      peaks.measure(spec.commandLine(), results.quiet(), null);
    }
    measure(given);
    return ExitCodes.DONE;
  }

  private void measure(Path path) throws IOException {
    boolean compile = !InputFiles.isLibrary(path);
    try (ScratchFolder scratch = ScratchFolder.create();
        Progress progress =
            new Progress(
                spec.commandLine().getErr(), results.quiet(), Progress.isTerminal(), "loading")) {
      Path library = path;
      if (compile) {
        InputFiles.requireModel(path);
        if (against != null) {
          PeerSide.requireOnnx(path, imports.shared().files());
        }
        CompileOptions options =
            tuning
                .apply(target.apply(CompileOptions.DEFAULT))
                .withImports(imports.shared())
                .withProfiles(imports.profiles());
        ConsoleListener listener =
            new ConsoleListener(spec.commandLine().getOut(), progress, List.of(), false);
        library = scratch.path().resolve("out");
        new Compiler(listener).compile(path, library, options);
      } else {
        InputFiles.refuseFor(path, spec, List.of("target", "tuning", "imports"), SHAPES);
      }
      measure(ModelFolder.find(library), scratch.path(), progress);
    }
  }

  private void measure(ModelFolder folder, Path scratch, Progress progress) throws IOException {
    ContextOptions options = ContextOptions.DEFAULT.withThreads(threads);
    try (CompiledModel ours = CompiledModel.open(folder.library(), options)) {
      List<ObjectNode> figures = new ArrayList<>();
      for (List<Tensor> inputs : inputs(ours, folder)) {
        ours.setInputs(inputs);
        figures.add(measure(ours, inputs, folder, scratch, progress));
      }
      ObjectNode all = figures.get(0);
      if (figures.size() > 1) {
        all = JsonNodeFactory.instance.objectNode();
        figures.forEach(all.putArray("profiles")::add);
      }
      JsonFiles.write(results.json(), all);
    }
  }

  /** Of each profile that is to be measured; files belong to one. */
  private List<List<Tensor>> inputs(CompiledModel ours, ModelFolder folder) throws IOException {
    PictureFormat format = pictures.format(folder.metadata());
    List<String> words =
        given == null || !InputFiles.isLibrary(given) ? List.of() : imports.shapeWords();
    LibraryRun run = new LibraryRun(files, format, Optional.of(random.seed()), words);
    if (!files.isEmpty()) {
      return List.of(run.inputs(ours));
    }
    List<List<Tensor>> all = new ArrayList<>();
    for (ShapeProfile p : run.named(ours.model())) {
      all.add(run.random(p));
    }
    return all;
  }

  private ObjectNode measure(
      CompiledModel ours, List<Tensor> inputs, ModelFolder folder, Path scratch, Progress progress)
      throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    Stopwatch watch = new Stopwatch(seconds);
    Stopwatch.Listener listener = (done, total) -> progress.at("measuring", done, total);
    Stopwatch.Result result;
    Optional<PeerSide> peer = Optional.empty();
    if (against == null) {
      result = watch.time(ours::run, listener);
    } else {
      try (PeerSide side =
          PeerSide.open(
              source(folder), scratch, inputs, zeros(ours), threads, spec.commandLine().getErr())) {
        result = watch.time(ours::run, side::run, listener);
        ours.context().resetState();
        ours.run();
        side.compare(
            ours.model().outputs().stream().map(TensorInfo::name).toList(), ours.outputs());
        peer = Optional.of(side);
      }
    }
    progress.clear();
    print(ours, result, peer, out);
    String precision = folder.precision();
    if (!precision.equals("fp32")) {
      out.printf("%-13s %s%n", "precision", precision);
    }
    ObjectNode figures = json(ours, result, peer);
    figures.put("precision", precision);
    if (profile) {
      KernelTimes times = KernelTimes.measure(folder.library(), inputs, threads, seconds);
      KernelTable table = new KernelTable(times, peaks.known(), ours.context().threads());
      out.print(table.text());
      table.addTo(figures);
    }
    return figures;
  }

  /** What our first run finds in its states. */
  private static Map<String, Tensor> zeros(CompiledModel ours) {
    Map<String, Tensor> states = new LinkedHashMap<>();
    for (TensorInfo t : ours.model().states()) {
      states.put(t.name(), new TensorBuilder(CompiledModel.type(t)).build());
    }
    return states;
  }

  /** The model file that the peer runs. */
  private Path source(ModelFolder folder) throws IOException {
    if (model != null) {
      return PeerSide.requireOnnx(InputFiles.requireModel(model), imports.shared().files());
    }
    if (given != null && !InputFiles.isLibrary(given)) {
      return given;
    }
    JsonNode source =
        folder.description().orElse(JsonNodeFactory.instance.objectNode()).path("source");
    String file = source.path("file").asText("");
    String format = source.path("format").asText("onnx");
    Path beside = folder.library().resolveSibling(file);
    if (!file.isEmpty() && Files.isRegularFile(beside)) {
      return PeerSide.requireOnnx(beside, imports.shared().files());
    }
    String of = file.isEmpty() ? "" : " (it was made of " + file + ")";
    throw new CommandLine.ParameterException(
        spec.commandLine(),
        format.equals("onnx")
            ? "--against needs the library's model" + of + "; --model FILE says where it is"
            : "--against needs an ONNX model of the same network as the library's"
                + of
                + "; --model FILE names it");
  }

  private static void print(
      CompiledModel ours, Stopwatch.Result result, Optional<PeerSide> peer, PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "%s%s for %s, %d thread%s%n",
        ours.model().name(),
        ours.profile().name().isEmpty() ? "" : " " + ours.profile().name(),
        ours.model().target(),
        ours.context().threads(),
        ours.context().threads() == 1 ? "" : "s");
    line(out, "nncc", result.ours());
    double gflops = ours.profile().flops() / result.ours().median() / 1e6;
    out.printf(
        Locale.ROOT,
        "%-13s %.1f GFLOP/s (%s a run)%n",
        "",
        gflops,
        Figures.flops(ours.profile().flops()));
    peer.ifPresent(
        side -> {
          line(out, side.name(), result.theirs().orElseThrow());
          out.printf(
              Locale.ROOT,
              "%-13s %.2f (above 1: nncc is faster)%n",
              "ratio",
              result.ratio().orElseThrow());
          out.printf(
              Locale.ROOT, "%-13s relative L2 of outputs %.2g%n", "difference", side.difference());
          side.note().ifPresent(note -> out.printf("%-13s %s%n", "note", note));
        });
  }

  private static void line(PrintWriter out, String name, Timing t) {
    out.printf(
        Locale.ROOT,
        "%-13s min %s, median %s, p90 %s, %d runs%n",
        name,
        Figures.milliseconds(t.min()),
        Figures.milliseconds(t.median()),
        Figures.milliseconds(t.p90()),
        t.runs());
  }

  private static ObjectNode json(
      CompiledModel ours, Stopwatch.Result result, Optional<PeerSide> peer) {
    ObjectNode o = JsonNodeFactory.instance.objectNode();
    o.put("model", ours.model().name()).put("target", ours.model().target());
    if (!ours.profile().name().isEmpty()) {
      o.put("profile", ours.profile().name());
    }
    o.put("threads", ours.context().threads());
    put(o.putObject("nncc_ms"), result.ours());
    o.put("gflops", ours.profile().flops() / result.ours().median() / 1e6);
    peer.ifPresent(
        side -> {
          ObjectNode p = o.putObject("peer");
          p.put("name", side.name()).put("version", side.version());
          put(p, result.theirs().orElseThrow());
          o.put("ratio_median", result.ratio().orElseThrow());
          o.put("max_relative_l2", side.difference());
        });
    return o;
  }

  private static void put(ObjectNode o, Timing t) {
    o.put("min", t.min()).put("median", t.median()).put("p90", t.p90()).put("runs", t.runs());
  }
}
