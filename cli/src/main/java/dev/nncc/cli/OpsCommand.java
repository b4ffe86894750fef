package dev.nncc.cli;

import dev.nncc.frontend.Importers;
import dev.nncc.frontend.importing.ModelFormat;
import dev.nncc.frontend.importing.SupportedOp;
import java.io.PrintWriter;
import java.util.List;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code nncc ops}: the operators that can be imported. */
@Command(
    name = "ops",
    description = "Lists the operators (Caffe: layers) that can be compiled, and their limits.",
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

  /** Domains that a format's users do not write. */
  private static final Set<String> OWN = Set.of("ai.onnx", "caffe", "tensorflow");

  @Override
  public void run() {
    PrintWriter out = spec.commandLine().getOut();
    List<SupportedOp> ops = Importers.supportedOps(frontend);
    String what = frontend == ModelFormat.CAFFE ? "layer" : "operator";
    int width = ops.stream().mapToInt(o -> name(o).length()).max().orElse(0);
    int versions = ops.stream().mapToInt(o -> o.since().length()).max().orElse(0);
    // Only ONNX has versions.
    String since = versions == 0 ? "%s" : "  %-" + Math.max(versions, 8) + "s";
    String format = "%-" + width + "s" + since + "  %s";
    String column = versions == 0 ? "" : "versions";
    out.println(String.format(format, what, column, "not supported"));
    for (SupportedOp o : ops) {
      out.println(String.format(format, name(o), o.since(), o.limits()).stripTrailing());
    }
    out.printf("%d %ss%n", ops.size(), what);
  }

  private static String name(SupportedOp o) {
    boolean own = OWN.contains(o.domain());
    return own ? o.name() : o.domain() + "." + o.name();
  }
}
