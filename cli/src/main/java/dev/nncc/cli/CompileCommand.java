package dev.nncc.cli;

import dev.nncc.compiler.ByteCount;
import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.CompileReport;
import dev.nncc.compiler.Compiler;
import dev.nncc.compiler.run.CompiledModel;
import dev.nncc.compiler.run.ModelFolder;
import dev.nncc.compiler.run.RunException;
import dev.nncc.runtime.ContextOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code nncc compile}: a model file becomes a library. */
@Command(
    name = "compile",
    description = "Compiles a model into a shared library, its C header and a description.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  nncc compile model.onnx -o out",
      "  nncc compile models/digits/digits.onnx -o out --run models/digits/three.png",
      "  nncc compile model.onnx -o out --cpu x86-64-v3 --dim batch=1 --input-shape x=1x3x224x224",
      "  nncc compile model.onnx -o out --dim batch=1,4,8",
      "  nncc compile model.onnx -o out --cpu x86-64-v2,x86-64-v3,x86-64-v4",
      "  nncc compile model.onnx -o out --tune 2m --tuning model.tuning",
      "  nncc compile model.onnx --dump fuse --stop-after fuse",
      "  nncc compile graph.pb --outputs logits:0 --input-shape image:0=1x224x224x3 -o out",
      "  nncc compile saved_model/ --signature serving_default -o out",
      "  nncc compile deploy.prototxt --weights net.caffemodel -o out",
    })
final class CompileCommand implements Callable<Integer> {
  /** Classes that {@code --run} prints. */
  private static final int TOP = 3;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Parameters(
      paramLabel = "MODEL",
      description = "A model (ONNX, TensorFlow, Caffe) or a graph as .nn text.")
  private Path model;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      description = "Folder to fill; it is created. Default: the model's name without its ending.")
  private @Nullable Path output;

  @Option(
      names = "--run",
      paramLabel = "[NAME=]FILE",
      description =
          "Afterwards runs the library on a .npy or .pb tensor or a PNG or JPEG picture."
              + " Repeatable, one for each input.")
  private List<String> runs = new ArrayList<>();

  @Mixin private TargetFlags target;
  @Mixin private TuneFlags tuning;
  @Mixin private ImportFlags imports;
  @Mixin private PictureFlags pictures;

  @Option(
      names = "--memory-limit",
      paramLabel = "BYTES",
      description =
          "Fails when weights, intermediate values and the scratch of one thread need more, such"
              + " as 800MB, 1.5GB or 64MiB, and says which options need less. MB is 1000 kB, MiB"
              + " and M are 1024 KiB.")
  private @Nullable ByteCount memoryLimit;

  @Option(
      names = "--emit",
      paramLabel = "FORM",
      split = ",",
      description = "Files to write: nn, tir, llvm, asm, obj, so, header. Default: so,header.")
  private List<CompileOptions.Emit> emit = new ArrayList<>();

  @Option(
      names = "--dump",
      paramLabel = "STAGE",
      split = ",",
      description =
          "Prints the model after a stage: import, canonicalise, simplify, fuse, layout, lower,"
              + " schedule, plan, emit.")
  private List<CompileOptions.Stage> dumps = new ArrayList<>();

  @Option(
      names = "--stop-after",
      paramLabel = "STAGE",
      description = "Ends after a stage; nothing is written.")
  private CompileOptions.@Nullable Stage stopAfter;

  @Option(names = "--time", description = "Prints the seconds of each stage and pass.")
  private boolean time;

  @Option(names = "--trace-rules", description = "Prints each application of a rewrite rule.")
  private boolean traceRules;

  @Option(
      names = "--jobs",
      converter = Numbers.Count.class,
      paramLabel = "N",
      defaultValue = "0",
      description = "Kernels compiled at one time. Default: 0, as many as processors.")
  private int jobs;

  @Option(names = "--json", paramLabel = "FILE", description = "Writes all figures to a file.")
  private @Nullable Path json;

  @Option(
      names = {"-q", "--quiet"},
      description = "No progress.")
  private boolean quiet;

  @Override
  public Integer call() throws IOException {
    InputFiles.requireModel(model);
    PrintWriter out = spec.commandLine().getOut();
    CompileOptions options =
        target
            .apply(CompileOptions.DEFAULT)
            .withImports(imports.shared())
            .withProfiles(imports.profiles())
            .withJobs(jobs);
    if (memoryLimit != null) {
      options = options.withMemory(options.memory().withLimit(memoryLimit.bytes()));
    }
    if (stopAfter != null) {
      options = options.withStopAfter(stopAfter);
    }
    if (!emit.isEmpty()) {
      options = options.withEmit(emit);
    }
    Path folder = output == null ? withoutEnding(model) : output;
    if (stopAfter == null) {
      OutputFiles.requireFolder(folder);
    }
    CompileReport report;
    Map<String, Double> passes;
    try (Progress progress =
        new Progress(spec.commandLine().getErr(), quiet, Progress.isTerminal(), "import")) {
      options = tuning.apply(model, options, progress, out);
      ConsoleListener listener = new ConsoleListener(out, progress, dumps, traceRules);
      report = new Compiler(listener).compile(model, folder, options);
      passes = listener.passSeconds();
    }
    for (String note : report.notes()) {
      spec.commandLine().getErr().println("note: " + note);
    }
    ReportText text = new ReportText(report);
    if (stopAfter == null) {
      out.print(text.summary());
    }
    if (time) {
      out.print(text.times(passes));
    }
    JsonFiles.write(json, text.json(Figures.peakMemory()));
    if (!runs.isEmpty() && stopAfter == null) {
      run(report, out);
    }
    return ExitCodes.DONE;
  }

  private void run(CompileReport report, PrintWriter out) throws IOException {
    Path file =
        report.files().stream()
            .filter(p -> p.toString().endsWith(".so"))
            .findFirst()
            .orElseThrow(() -> new RunException("--run needs the library: --emit so"));
    ModelFolder written = ModelFolder.find(file);
    LibraryRun run =
        new LibraryRun(runs, pictures.format(written.metadata()), Optional.empty(), List.of());
    try (CompiledModel library = CompiledModel.open(written.library(), ContextOptions.DEFAULT)) {
      RunCommand.print(library, library.run(run.inputs(library)), written, TOP, out);
    }
  }

  /** The folder that is filled when the user names none. */
  private static Path withoutEnding(Path model) {
    String file = String.valueOf(model.getFileName());
    int dot = file.lastIndexOf('.');
    return Path.of(dot > 0 ? file.substring(0, dot) : file + ".out");
  }
}
