package dev.nncc.cli;

import dev.nncc.frontend.Importers;
import dev.nncc.frontend.importing.ModelFormat;
import dev.nncc.frontend.importing.SupportedOp;
import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code nncc ops}: the operators that can be imported. */
@Command(
    name = "ops",
    description = "Lists the operators that can be compiled, and their limits.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {"  nncc ops", "  nncc ops | grep Pool", "  nncc ops --frontend caffe"})
final class OpsCommand implements Runnable {
  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Option(
      names = "--frontend",
      paramLabel = "FORMAT",
      defaultValue = "onnx",
      description = "Whose operators: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private ModelFormat frontend = ModelFormat.ONNX;

  @Override
  public void run() {
    PrintWriter out = spec.commandLine().getOut();
    List<SupportedOp> ops = Importers.supportedOps(frontend);
    int width = ops.stream().mapToInt(o -> name(o).length()).max().orElse(0);
    int versions = ops.stream().mapToInt(o -> o.since().length()).max().orElse(0);
    String format = "%-" + width + "s  %-" + Math.max(versions, 8) + "s  %s";
    out.println(String.format(format, "operator", "versions", "not supported").stripTrailing());
    for (SupportedOp o : ops) {
      out.println(String.format(format, name(o), o.since(), o.limits()).stripTrailing());
    }
    out.printf("%d operators%n", ops.size());
  }

  private static String name(SupportedOp o) {
    return o.domain().equals("ai.onnx") ? o.name() : o.domain() + "." + o.name();
  }
}
