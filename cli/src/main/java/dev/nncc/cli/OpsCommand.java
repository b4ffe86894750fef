package dev.nncc.cli;

import dev.nncc.frontend.onnx.OnnxImporter;
import dev.nncc.frontend.onnx.SupportedOp;
import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code nncc ops}: the operators that can be imported. */
@Command(
    name = "ops",
    description = "Lists the ONNX operators that can be compiled, and their limits.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {"  nncc ops", "  nncc ops | grep Pool"})
final class OpsCommand implements Runnable {
  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Override
  public void run() {
    PrintWriter out = spec.commandLine().getOut();
    List<SupportedOp> ops = OnnxImporter.supportedOps();
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
