package dev.nncc.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The root command: lists the others. A new command is one class and one entry here. */
@Command(
    name = "nncc",
    description = "Compiles deep learning models into self-contained shared libraries.",
    versionProvider = Version.class,
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      CompileCommand.class,
      RunCommand.class,
      BenchCommand.class,
      VerifyCommand.class,
      InspectCommand.class,
      ReportCommand.class,
      ConformanceCommand.class,
      ConformanceWorker.class,
      OptCommand.class,
      PipelineCommand.class,
      OpsCommand.class,
      TargetsCommand.class,
      ZooCommand.class,
      CommandLine.HelpCommand.class,
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  nncc compile model.onnx -o out",
      "  nncc COMMAND --help",
    })
final class Nncc implements Runnable {
  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "which command?");
  }
}
