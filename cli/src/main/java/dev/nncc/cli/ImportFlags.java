package dev.nncc.cli;

import dev.nncc.compiler.CompileException;
import dev.nncc.compiler.ShapeChoice;
import dev.nncc.compiler.words.ImportWords;
import dev.nncc.frontend.importing.FileChoice;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.frontend.importing.ModelFormat;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** What a model file leaves open. */
final class ImportFlags {
  @CommandLine.Spec(CommandLine.Spec.Target.MIXEE)
  private CommandLine.Model.CommandSpec spec;

  @Option(
      names = "--dim",
      paramLabel = "NAME=N[,N..]",
      description =
          "Value of a symbolic dimension; in 'compile' and 'bench' several values make shape"
              + " profiles. Repeatable: all combinations.")
  private List<String> dims = new ArrayList<>();

  @Option(
      names = "--input-shape",
      paramLabel = "NAME=1x3x224x224",
      description =
          "Whole shape of an input, also where dimensions have no name; several, with commas, make"
              + " profiles too, those of several inputs in step. Repeatable.")
  private List<String> inputShapes = new ArrayList<>();

  @Option(
      names = "--bind",
      paramLabel = "NAME=FILE|VALUE",
      description = "Makes an input a constant: a .npy or .pb file, or a number. Repeatable.")
  private List<String> binds = new ArrayList<>();

  @Option(
      names = "--overridable",
      paramLabel = "NAME|all",
      split = ",",
      description = "Weights that the file also lists as inputs, to be kept as inputs.")
  private List<String> overridable = new ArrayList<>();

  @Option(
      names = "--outputs",
      paramLabel = "NAME",
      split = ",",
      description = "Values to compute in place of the model's outputs; the rest is dropped.")
  private List<String> outputs = new ArrayList<>();

  @Option(
      names = "--inputs",
      paramLabel = "NAME",
      split = ",",
      description =
          "Values to give in place of computing them, wherever they are in the model; what only"
              + " they need is dropped.")
  private List<String> inputs = new ArrayList<>();

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "The model's format: ${COMPLETION-CANDIDATES}. Default: seen by its content.")
  private @Nullable ModelFormat format;

  @Option(
      names = "--signature",
      paramLabel = "NAME",
      description =
          "Which signature of a SavedModel or meta graph. Default: serving_default, or the only one.")
  private @Nullable String signature;

  @Option(
      names = "--weights",
      paramLabel = "FILE",
      description =
          "Weights that are kept apart: of a Caffe network (default: the .caffemodel of its name"
              + " beside it), or the checkpoint of a TensorFlow graph, by its .index file (default:"
              + " the one beside it).")
  private @Nullable Path weights;

  /** For a model with one set of shapes. */
  ImportOptions options() {
    return said(ImportWords::single);
  }

  /** What all profiles share. */
  ImportOptions shared() {
    return said(ImportWords::shared);
  }

  /**
   * What each profile decides on top of {@link #shared}.
   *
   * @throws CompileException when inputs have different numbers of shapes
   */
  List<ShapeChoice> profiles() {
    return words().profiles();
  }

  /** The same as words that the names of profiles consist of. */
  List<String> shapeWords() {
    List<String> words = new ArrayList<>(dims);
    words.addAll(inputShapes);
    return words;
  }

  private ImportWords words() {
    FileChoice files =
        new FileChoice(
            Optional.ofNullable(format),
            Optional.ofNullable(signature),
            Optional.ofNullable(weights));
    return new ImportWords(dims, inputShapes, binds, overridable, outputs, inputs, files);
  }

  private ImportOptions said(Function<ImportWords, ImportOptions> read) {
    try {
      return read.apply(words());
    } catch (CompileException e) {
      throw new CommandLine.ParameterException(spec.commandLine(), String.valueOf(e.getMessage()));
    }
  }
}
