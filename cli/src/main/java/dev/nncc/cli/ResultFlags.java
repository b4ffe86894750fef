package dev.nncc.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the results of a measurement or a check go, beside the console. */
final class ResultFlags {
  @Option(names = "--json", paramLabel = "FILE", description = "Writes the results to a file.")
  private @Nullable Path json;

  @Option(
      names = {"-q", "--quiet"},
      description = "No progress.")
  private boolean quiet;

  @Nullable Path json() {
    return json;
  }

  boolean quiet() {
    return quiet;
  }
}
