package dev.nncc.frontend.importing;

import java.nio.file.Path;
import java.util.List;

/** Reads one format of model files. */
public interface Importer {
  /**
   * Opens a model. It refers to the mapped files: do not change them while it, or a graph made from
   * it, is used.
   *
   * @throws dev.nncc.graph.ModelException if a file cannot be read or is malformed; the message
   *     begins with the file's name
   */
  OpenModel open(Path file, FileChoice choice);

  /** The operators that can be imported, sorted by domain and name. */
  List<SupportedOp> supportedOps();
}
