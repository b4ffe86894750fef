package dev.nncc.frontend.caffe;

import dev.nncc.frontend.importing.ChoiceException;
import dev.nncc.frontend.importing.FileChoice;
import dev.nncc.frontend.importing.Importer;
import dev.nncc.frontend.importing.OpenModel;
import dev.nncc.frontend.importing.SupportedOp;
import java.nio.file.Path;
import java.util.List;

/** Reads Caffe networks: a {@code .prototxt} and its {@code .caffemodel}, or the latter alone. */
public final class CaffeImporter implements Importer {
  @Override
  public OpenModel open(Path file, FileChoice choice) {
    ChoiceException.refuse(
        choice.signature(),
        "--signature",
        file.getFileName() + " is a Caffe network, which has no signatures");
    return CaffeModel.of(NetFile.open(file, choice.weights()));
  }

  @Override
  public List<SupportedOp> supportedOps() {
    return LayerTable.standard().rows();
  }
}
