package dev.nncc.cli;

import dev.nncc.compiler.run.RunException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** What is wrong with a file before anyone reads it. */
final class InputFiles {
  private InputFiles() {}

  /** The path, if a non-empty file is there that can be read. */
  static Path require(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString());
    }
    if (Files.isDirectory(file)) {
      throw new RunException(file + " is a folder, not a file");
    }
    if (!Files.isReadable(file)) {
      throw new AccessDeniedException(file.toString());
    }
    if (Files.isRegularFile(file) && Files.size(file) == 0) {
      throw new RunException(file + " is empty");
    }
    return file;
  }

  /** The path, if a model can be there: a file that can be read, or the folder of a SavedModel. */
  static Path requireModel(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      return require(path);
    }
    if (!isSavedModel(path)) {
      throw new RunException(
          path
              + " is a folder without saved_model.pb; a model is a file, or the folder of"
              + " TensorFlow's SavedModel");
    }
    return path;
  }

  /**
   * Refuses options that only say how a model is compiled, where a library is given.
   *
   * @param mixins names of the groups of options
   */
  static void refuseFor(Path library, CommandSpec spec, List<String> mixins, Set<String> allowed) {
    for (String mixin : mixins) {
      for (OptionSpec option : Objects.requireNonNull(spec.mixins().get(mixin)).options()) {
        String name = option.longestName();
        if (spec.commandLine().getParseResult().hasMatchedOption(name) && !allowed.contains(name)) {
          throw new CommandLine.ParameterException(
              spec.commandLine(),
              name + " says how a model is compiled, and " + library + " is a library");
        }
      }
    }
  }

  /** A compiled library, or a folder that could hold one. */
  static boolean isLibrary(Path path) {
    return path.toString().endsWith(".so") || Files.isDirectory(path) && !isSavedModel(path);
  }

  /** TensorFlow's SavedModels are the models that are folders. */
  static boolean isSavedModel(Path path) {
    return Files.isRegularFile(path.resolve("saved_model.pb"))
        || Files.isRegularFile(path.resolve("saved_model.pbtxt"));
  }
}
