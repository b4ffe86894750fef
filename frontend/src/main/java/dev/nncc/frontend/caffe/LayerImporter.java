package dev.nncc.frontend.caffe;

import dev.nncc.frontend.importing.Operand;
import java.util.List;

/** Translates the layers of one type. */
@FunctionalInterface
interface LayerImporter {
  /**
   * The results, at least as many as the layer has tops.
   *
   * @throws dev.nncc.frontend.importing.UnsupportedFeature if the layer is valid and asks for what
   *     is not implemented
   * @throws MissingWeights if it needs weights and there are none
   * @throws dev.nncc.graph.ModelException if the layer is not valid
   */
  List<Operand> importLayer(CaffeLayer layer);

  /** For layers with one result. */
  @FunctionalInterface
  interface Single {
    Operand importLayer(CaffeLayer layer);
  }
}
