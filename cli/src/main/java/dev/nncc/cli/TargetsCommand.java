package dev.nncc.cli;

import dev.nncc.compiler.Targets;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code nncc targets}: what libraries can be made for. */
@Command(
    name = "targets",
    description = "Lists the machines and processors that libraries can be made for.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  nncc targets",
      "  nncc compile model.onnx -o out --target aarch64-linux --cpu cortex-a76",
    })
final class TargetsCommand implements Runnable {
  private static final int WIDTH = 96;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Override
  public void run() {
    PrintWriter out = spec.commandLine().getOut();
    Targets.Host host = Targets.host();
    out.println("host: " + host.machine() + " " + host.cpu());
    wrap(out, host.features());
    for (Targets.Family family : Targets.all()) {
      out.println();
      out.println("--target " + family.machine() + ", --cpu one of");
      wrap(out, family.cpus());
    }
  }

  private static void wrap(PrintWriter out, Iterable<String> words) {
    StringBuilder line = new StringBuilder(" ");
    for (String word : words) {
      if (line.length() + 1 + word.length() > WIDTH) {
        out.println(line);
        line = new StringBuilder(" ");
      }
      line.append(' ').append(word);
    }
    out.println(line);
  }
}
