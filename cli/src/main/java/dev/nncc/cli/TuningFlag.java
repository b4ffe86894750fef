package dev.nncc.cli;

import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.Tuning;
import dev.nncc.compiler.run.RunException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Schedules that a search has kept, for commands that compile and do not search themselves. */
final class TuningFlag {
  @Option(
      names = "--tuning",
      paramLabel = "FILE",
      description = "Schedules to use where they fit, as 'nncc compile --tune' keeps them.")
  private @Nullable Path file;

  CompileOptions apply(CompileOptions options) throws IOException {
    return file == null ? options : options.withKernels(options.kernels().withTuning(read(file)));
  }

  /** What the file holds. */
  static Tuning read(Path file) throws IOException {
    try {
      return Tuning.parse(Files.readString(InputFiles.require(file)));
    } catch (IllegalArgumentException e) {
      throw new RunException(file + ": " + e.getMessage(), e);
    }
  }
}
