package dev.nncc.frontend.importing;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How a model's files are to be read.
 *
 * @param format the format; empty: recognised by content
 * @param signature which signature of a SavedModel; empty: {@code serving_default}
 * @param weights the file with the weights where the format keeps them apart; empty: looked for
 *     beside the model
 */
public record FileChoice(
    Optional<ModelFormat> format, Optional<String> signature, Optional<Path> weights) {
  /** Everything as the files say. */
  public static final FileChoice NONE =
      new FileChoice(Optional.empty(), Optional.empty(), Optional.empty());
}
