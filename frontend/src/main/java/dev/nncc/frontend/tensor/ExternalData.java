package dev.nncc.frontend.tensor;

import dev.nncc.graph.ModelException;
import dev.nncc.graph.Payload;

/** Where tensors find bytes that are kept in other files. */
@FunctionalInterface
public interface ExternalData {
  /** For tensors that stand alone: external data is refused. */
  ExternalData NONE =
      (location, offset, length) -> {
        throw new ModelException("external data '" + location + "' without a model folder");
      };

  /**
   * A range of a file.
   *
   * @param location path relative to the model's folder
   * @param offset in bytes
   * @param length in bytes
   * @throws ModelException if the file may not be read or is too short
   */
  Payload bytes(String location, long offset, long length);
}
