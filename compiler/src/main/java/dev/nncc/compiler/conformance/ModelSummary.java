package dev.nncc.compiler.conformance;

import dev.nncc.frontend.Importers;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.frontend.importing.OpenModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * What a test needs of a model before anyone knows whether it can be imported.
 *
 * @param inputs names of the inputs that a caller gives
 * @param operators that it uses between them and the outputs, sub-graphs included, sorted
 */
record ModelSummary(List<String> inputs, Set<String> operators) {
  /**
   * @throws dev.nncc.graph.ModelException when it is no model
   */
  static ModelSummary read(Path model, ImportOptions options) {
    OpenModel open = Importers.open(model, options.files());
    return new ModelSummary(open.inputNames(options), open.operators(options));
  }
}
