package dev.nncc.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;

/** Entry point: parses the arguments, runs one command, turns what goes wrong into an exit code. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    System.exit(run(out, err, args));
  }

  /** Runs one command line and returns its exit code; nothing else in the process is touched. */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    Failures failures = new Failures(err, args);
    try {
      return new CommandLine(new Nncc())
          .setOut(out)
          .setErr(err)
          .setCaseInsensitiveEnumValuesAllowed(true)
          .setUsageHelpLongOptionsMaxWidth(28)
          .setExecutionExceptionHandler((failure, command, parsed) -> failures.explain(failure))
          .setParameterExceptionHandler(failures::usage)
          .execute(args);
    } catch (StackOverflowError | OutOfMemoryError | LinkageError e) {
      return failures.explain(e);
    } finally {
      out.flush();
    }
  }
}
