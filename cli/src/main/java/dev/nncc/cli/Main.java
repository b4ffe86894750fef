package dev.nncc.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
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
    return new CommandLine(new Nncc())
        .setOut(out)
        .setErr(err)
        .setExecutionExceptionHandler((failure, command, parsed) -> explain(failure, err))
        .execute(args);
  }

  private static int explain(Exception failure, PrintWriter err) {
    if (failure instanceof NoSuchFileException missing) {
      err.println("nncc: no such file: " + missing.getFile());
      return ExitCodes.FILES;
    }
    if (failure instanceof IOException || failure instanceof UncheckedIOException) {
      err.println("nncc: " + failure.getMessage());
      return ExitCodes.FILES;
    }
    err.println("nncc: internal error, please report this text:");
    failure.printStackTrace(err);
    return ExitCodes.INTERNAL;
  }
}
