package dev.nncc.frontend.tensorflow;

import dev.nncc.frontend.importing.Operand;
import java.util.List;

/** Imports the nodes of one operator. */
@FunctionalInterface
interface NodeImporter {
  /**
   * What the node gives, all of its outputs.
   *
   * @throws dev.nncc.frontend.importing.UnsupportedFeature if the node is valid and asks for what
   *     is not implemented
   * @throws dev.nncc.graph.ModelException if the node is not valid
   */
  List<Token> importNode(TensorflowNode node);

  /** For operators with one result. */
  @FunctionalInterface
  interface Single {
    Operand importNode(TensorflowNode node);
  }

  /** For operators whose results are all tensors. */
  @FunctionalInterface
  interface Many {
    List<Operand> importNode(TensorflowNode node);
  }
}
