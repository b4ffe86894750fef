package dev.nncc.cli;

import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.CompileOptions.Stage;
import dev.nncc.compiler.CompileReport;
import dev.nncc.compiler.Compiler;
import dev.nncc.compiler.report.ReportPage;
import dev.nncc.compiler.report.ReportRecorder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
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
      "  nncc report model.onnx --dim batch=1 --cpu x86-64-v3",
      "  nncc report model.onnx --disable merge-horizontal -o without.html",
    })
final class ReportCommand implements Callable<Integer> {
  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Parameters(paramLabel = "MODEL", description = "An .onnx model or a graph as .nn text.")
  private Path model;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Page to write. Default: the model's name with the ending .html.")
  private @Nullable Path output;

  @Mixin private TargetFlags target;
  @Mixin private ImportFlags imports;

  @Option(
      names = "--jobs",
      paramLabel = "N",
      defaultValue = "0",
      description = "Kernels compiled at one time. Default: as many as processors.")
  private int jobs;

  @Option(
      names = {"-q", "--quiet"},
      description = "No progress.")
  private boolean quiet;

  @Override
  public Integer call() throws IOException {
    InputFiles.require(model);
    CompileOptions options =
        target
            .apply(CompileOptions.DEFAULT)
            .withImports(imports.shared())
            .withProfiles(imports.profiles())
            .withJobs(jobs)
            .withStopAfter(Stage.EMIT);
    Path page = output == null ? withHtmlEnding(model) : output;
    CompileReport report;
    ReportRecorder recorder;
    try (Progress progress =
        new Progress(spec.commandLine().getErr(), quiet, Progress.isTerminal(), "import")) {
      recorder =
          new ReportRecorder(
              new ConsoleListener(spec.commandLine().getOut(), progress, List.of(), false));
      report = new Compiler(recorder).compile(model, page.resolveSibling("unused"), options);
      ReportPage.write(recorder, page);
    }
    for (String note : report.notes()) {
      spec.commandLine().getErr().println("note: " + note);
    }
    spec.commandLine().getOut().println("wrote " + page);
    return ExitCodes.DONE;
  }

  private static Path withHtmlEnding(Path model) {
    String file = String.valueOf(model.getFileName());
    int dot = file.lastIndexOf('.');
    return Path.of((dot > 0 ? file.substring(0, dot) : file) + ".html");
  }
}
