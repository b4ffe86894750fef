package dev.nncc.cli;

import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.CompileOptions.Emit;
import dev.nncc.compiler.CompileOptions.Stage;
import dev.nncc.compiler.CompileReport;
import dev.nncc.compiler.Compiler;
import dev.nncc.compiler.ScratchFolder;
import dev.nncc.compiler.measure.KernelTimes;
import dev.nncc.compiler.report.ReportPage;
import dev.nncc.compiler.report.ReportRecorder;
import dev.nncc.compiler.report.Speed;
import dev.nncc.compiler.run.CompiledModel;
import dev.nncc.compiler.run.ModelFolder;
import dev.nncc.compiler.run.PictureFormat;
import dev.nncc.graph.Tensor;
import dev.nncc.runtime.ContextOptions;
import dev.nncc.runtime.ShapeProfile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code nncc report}: a page that shows what the compiler makes of a model. */
@Command(
    name = "report",
    description = "Compiles a model and writes a page for a browser that shows what became of it.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  nncc report model.onnx -o report.html",
      "  nncc report model.onnx --time --threads 1",
      "  nncc report model.onnx --dim batch=1 --cpu x86-64-v3",
      "  nncc report model.onnx --disable merge-horizontal -o without.html",
    })
final class ReportCommand implements Callable<Integer> {
  /** Of measuring. */
  private static final double SECONDS = 1;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Parameters(
      paramLabel = "MODEL",
      description = "A model (ONNX, TensorFlow, Caffe) or a graph as .nn text.")
  private Path model;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Page to write. Default: the model's name with the ending .html.")
  private @Nullable Path output;

  @Mixin private TargetFlags target;
  @Mixin private TuningFlag tuning;
  @Mixin private ImportFlags imports;

  @Option(
      names = "--time",
      description =
          "Runs the library on random inputs and shows how fast each kernel is. The ceilings of its"
              + " plot are those that 'nncc bench --peak' measured.")
  private boolean time;

  @Option(
      names = "--threads",
      converter = Numbers.Count.class,
      paramLabel = "N",
      defaultValue = "0",
      description = "Threads of --time. Default: 0, all processors.")
  private int threads;

  @Option(
      names = "--peak-file",
      paramLabel = "FILE",
      description = "Where 'nncc bench --peak' kept its figures. Default: in ~/.cache/nncc.")
  private @Nullable Path peakFile;

  @Option(
      names = "--jobs",
      converter = Numbers.Count.class,
      paramLabel = "N",
      defaultValue = "0",
      description = "Kernels compiled at one time. Default: 0, as many as processors.")
  private int jobs;

  @Option(
      names = {"-q", "--quiet"},
      description = "No progress.")
  private boolean quiet;

  @Override
  public Integer call() throws IOException {
    InputFiles.requireModel(model);
    CompileOptions options =
        tuning
            .apply(target.apply(CompileOptions.DEFAULT))
            .withImports(imports.shared())
            .withProfiles(imports.profiles())
            .withJobs(jobs);
    options = time ? options.withEmit(List.of(Emit.SO)) : options.withStopAfter(Stage.EMIT);
    Path page = output == null ? withHtmlEnding(model) : output;
    OutputFiles.requireFolder(Objects.requireNonNullElse(page.toAbsolutePath().getParent(), page));
    CompileReport report;
    ReportRecorder recorder;
    try (ScratchFolder scratch = ScratchFolder.create();
        Progress progress =
            new Progress(spec.commandLine().getErr(), quiet, Progress.isTerminal(), "import")) {
      recorder =
          new ReportRecorder(
              new ConsoleListener(spec.commandLine().getOut(), progress, List.of(), false));
      Path folder = scratch.path().resolve("out");
      report = new Compiler(recorder).compile(model, folder, options);
      Optional<Speed> speed = Optional.empty();
      if (time) {
        progress.at("measuring", 0, 1);
        speed = Optional.of(speed(ModelFolder.find(folder).library(), recorder.profile()));
      }
      ReportPage.write(recorder, speed, page);
    }
    for (String note : report.notes()) {
      spec.commandLine().getErr().println("note: " + note);
    }
    spec.commandLine().getOut().println("wrote " + page);
    return ExitCodes.DONE;
  }

  private Speed speed(Path library, String profile) throws IOException {
    ContextOptions options = ContextOptions.DEFAULT.withThreads(threads);
    List<Tensor> inputs;
    int count;
    try (CompiledModel model = CompiledModel.open(library, options)) {
      ShapeProfile shown =
          model.model().profiles().stream()
              .filter(p -> p.name().equals(profile))
              .findFirst()
              .orElseThrow();
      inputs =
          new LibraryRun(List.of(), PictureFormat.PIXELS, Optional.of(1L), List.of()).random(shown);
      count = model.context().threads();
    }
    KernelTimes times = KernelTimes.measure(library, inputs, threads, SECONDS);
    return new Speed(times, PeakFlags.known(peakFile), count);
  }

  private static Path withHtmlEnding(Path model) {
    String file = String.valueOf(model.getFileName());
    int dot = file.lastIndexOf('.');
    return Path.of((dot > 0 ? file.substring(0, dot) : file) + ".html");
  }
}
