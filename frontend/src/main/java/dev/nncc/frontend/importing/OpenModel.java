package dev.nncc.frontend.importing;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** A model whose files have been read, and not yet been translated. */
public interface OpenModel {
  /** The file's name without its folder: what messages begin with. */
  String name();

  /** Names of the inputs that a caller gives, in the order of the model. */
  List<String> inputNames(ImportOptions options);

  /**
   * Operators that the model uses between its inputs and outputs, sub-graphs and functions
   * included, sorted.
   */
  Set<String> operators(ImportOptions options);

  /**
   * The files beside the named one that hold a part of the model, such as its weights, in a fixed
   * order; those that are missing are left out.
   */
  default List<Path> furtherFiles() {
    return List.of();
  }

  /**
   * Translates the model.
   *
   * @throws NodeFailure with the file's name in front
   * @throws dev.nncc.graph.ModelException without it
   * @throws ArithmeticException if sizes overflow
   */
  ImportResult translate(ImportOptions options);
}
