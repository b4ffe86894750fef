package dev.nncc.frontend.tensorflow;

import dev.nncc.frontend.importing.FileChoice;
import dev.nncc.frontend.importing.Importer;
import dev.nncc.frontend.importing.OpenModel;
import dev.nncc.frontend.importing.SupportedOp;
import java.nio.file.Path;
import java.util.List;

/** Reads TensorFlow models: frozen graphs, meta graphs with a checkpoint, SavedModels. */
public final class TensorflowImporter implements Importer {
  @Override
  public OpenModel open(Path file, FileChoice choice) {
    return new TensorflowModel(ModelFile.open(file, choice));
  }

  @Override
  public List<SupportedOp> supportedOps() {
    return Operators.standard().rows();
  }
}
