package dev.nncc.cli;

import dev.nncc.compiler.words.PassNames;
import dev.nncc.passes.PassOptions;
import dev.nncc.passes.standard.Pipelines;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code nncc pipeline}: the stages of a compilation, pass by pass. */
@Command(
    name = "pipeline",
    description = "Prints the stages and passes that a compilation runs.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  nncc pipeline",
      "  nncc pipeline --rules",
      "  nncc pipeline --disable fuse-vertical"
    })
final class PipelineCommand implements Runnable {
  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Option(
      names = "--disable",
      paramLabel = "NAME",
      split = ",",
      description = "Passes and rules to leave out.")
  private List<String> disabled = new ArrayList<>();

  @Option(names = "--rules", description = "Also the rewrite rules of each pass.")
  private boolean rules;

  @Override
  public void run() {
    PrintWriter out = spec.commandLine().getOut();
    PassOptions options = PassOptions.DEFAULT.withDisabled(PassNames.checked(disabled));
    stage(out, "import", "reads the model; shapes are known and shape arithmetic is gone");
    out.print(Pipelines.standard(options).describe(options, rules));
    stage(out, "layout", "chooses how each value lies in memory: blocks, borders, views");
    stage(out, "lower", "turns each region into loop nests");
    stage(out, "schedule", "reorders, tiles, vectorises and shares out the loops");
    stage(out, "plan", "orders the kernel calls and places values in one arena");
    stage(out, "emit", "turns loops into LLVM IR and machine code");
    stage(out, "link", "packs the weights and makes one library with the runtime");
  }

  private static void stage(PrintWriter out, String name, String what) {
    out.println(name);
    out.println("  " + what);
  }
}
