package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import java.util.Map;

/** One output of a node. */
record Ref(String node, int output) {
  /**
   * Names of results as functions refer to them, for operators with several; of all others the
   * number alone counts.
   */
  private static final Map<String, String> RESULTS =
      Map.ofEntries(
          Map.entry("FusedBatchNorm", "y batch_mean batch_variance reserve_space_1"),
          Map.entry("FusedBatchNormV2", "y batch_mean batch_variance reserve_space_1"),
          Map.entry("FusedBatchNormV3", "y batch_mean batch_variance reserve_space_1"),
          Map.entry("TopKV2", "values indices"),
          Map.entry("TopK", "values indices"),
          Map.entry("Unique", "y idx"),
          Map.entry("UniqueV2", "y idx"),
          Map.entry("UniqueWithCounts", "y idx count"),
          Map.entry("ListDiff", "out idx"),
          Map.entry("Merge", "output value_index"),
          Map.entry("Switch", "output_false output_true"),
          Map.entry("TensorArrayV3", "handle flow"),
          Map.entry("TensorArrayConcatV3", "value lengths"),
          Map.entry("TensorListPopBack", "output_handle tensor"),
          Map.entry("TensorListConcatV2", "tensor lengths"),
          Map.entry("MaxPoolWithArgmax", "output argmax"),
          Map.entry("SoftmaxCrossEntropyWithLogits", "loss backprop"),
          Map.entry("SparseSoftmaxCrossEntropyWithLogits", "loss backprop"),
          Map.entry("LSTMBlockCell", "i cs f o ci co h"),
          Map.entry("BlockLSTM", "i cs f o ci co h"),
          Map.entry("BlockLSTMV2", "i cs f o ci co h"),
          Map.entry("GRUBlockCell", "r u c h"),
          Map.entry("CudnnRNN", "output output_h output_c reserve_space"),
          Map.entry("CudnnRNNV2", "output output_h output_c reserve_space host_reserved"),
          Map.entry("CudnnRNNV3", "output output_h output_c reserve_space host_reserved"),
          Map.entry("Svd", "s u v"),
          Map.entry("Lu", "lu p"),
          Map.entry("LogMatrixDeterminant", "sign log_abs_determinant"),
          Map.entry("NonMaxSuppressionV4", "selected_indices valid_outputs"),
          Map.entry("NonMaxSuppressionV5", "selected_indices selected_scores valid_outputs"),
          Map.entry("Requantize", "output output_min output_max"),
          Map.entry("QuantizeV2", "output output_min output_max"));

  /** Whether an input is there for order only. */
  static boolean isControl(String input) {
    return input.startsWith("^");
  }

  /** As users and the main graph write it: {@code node:1}, {@code node}. */
  static Ref parse(String text) {
    int colon = text.lastIndexOf(':');
    boolean numbered = colon > 0 && text.substring(colon + 1).matches("[0-9]{1,6}");
    return numbered
        ? new Ref(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)))
        : new Ref(text, 0);
  }

  /** As nodes of functions write it: {@code node:result:0} or {@code argument}. */
  static Ref parse(String text, Body body) {
    String[] parts = text.split(":", -1);
    if (!body.isFunction() || parts.length != 3) {
      return parse(text);
    }
    require(parts[2].matches("[0-9]{1,6}"), "input '%s' has no number", text);
    int number = Integer.parseInt(parts[2]);
    return new Ref(parts[0], first(body, parts[0], parts[1]) + number);
  }

  private static int first(Body body, String node, String result) {
    String names = RESULTS.get(body.has(node) ? body.node(node).getOp() : "");
    if (names == null) {
      return 0;
    }
    int i = java.util.List.of(names.split(" ")).indexOf(result);
    return Math.max(i, 0);
  }

  /** How a value is called: the node's name, with the number of an output that is not the first. */
  @Override
  public String toString() {
    return output == 0 ? node : node + ":" + output;
  }
}
