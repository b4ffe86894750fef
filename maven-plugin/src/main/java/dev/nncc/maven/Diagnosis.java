package dev.nncc.maven;

import dev.nncc.compiler.CompileException;
import dev.nncc.compiler.run.RunException;
import dev.nncc.graph.ModelException;
import dev.nncc.runtime.NnccException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * What is wrong with a model, in one line that begins with its file.
 *
 * @param fault whether it is one of nncc's own, so that the stack says more
 */
record Diagnosis(Path file, String text, boolean fault, Throwable cause) {
  /**
   * For what went wrong while a model was compiled or run.
   *
   * @param base that the file's name is shown relative to
   */
  static Diagnosis of(Path file, Path base, Throwable failure) {
    Path shown = file.startsWith(base) ? base.relativize(file) : file;
    boolean known =
        failure instanceof ModelException
            || failure instanceof CompileException
            || failure instanceof RunException
            || failure instanceof NnccException
            || failure instanceof CancellationException
            || failure instanceof IOException
            || failure instanceof UncheckedIOException;
    return new Diagnosis(file, shown + ": " + message(file, failure, known), !known, failure);
  }

  /** What Maven may show beside the line: nothing where the line says all. */
  @Nullable Throwable shownCause() {
    return fault ? cause : null;
  }

  private static String message(Path file, Throwable failure, boolean known) {
    if (failure instanceof UncheckedIOException io && io.getCause() != null) {
      return message(file, io.getCause(), true);
    }
    if (failure instanceof NoSuchFileException missing) {
      return missing.getFile().equals(file.toString())
          ? "no such file"
          : "no such file: " + missing.getFile();
    }
    String text = String.valueOf(failure.getMessage());
    if (!known || failure.getMessage() == null) {
      return "internal error of nncc: "
          + failure.getClass().getSimpleName()
          + ": "
          + text.lines().findFirst().orElse("");
    }
    // The compiler's messages begin with the file's name, without its folder.
    String name = file.getFileName() + ": ";
    return text.startsWith(name) ? text.substring(name.length()) : text;
  }
}
