package dev.nncc.frontend.onnx;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import java.util.List;

/** Imports the nodes of one operator in one range of operator set versions. */
@FunctionalInterface
interface NodeImporter {
  /**
   * The results, as many as the node's outputs or fewer if the last ones are not wanted.
   *
   * @throws UnsupportedFeature if the node is valid and asks for what is not implemented
   * @throws dev.nncc.graph.ModelException if the node is not valid
   */
  List<Operand> importNode(OnnxNode node);

  /** For operators with one result. */
  @FunctionalInterface
  interface Single {
    Operand importNode(OnnxNode node);
  }
}
