package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.UnsupportedFeature;
import dev.nncc.graph.DType;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.ArrayList;
import java.util.List;

/**
 * The best boxes that do not overlap a better one by more than a threshold. How many they are
 * depends on the data, so all operands must be known.
 */
final class NonMaxSuppression {
  private NonMaxSuppression() {}

  /** The indices; of the fourth version also their number, of the fifth the scores between. */
  static List<Token> of(TensorflowNode n) {
    double[] boxes = n.known(0, "boxes").toDoubles();
    double[] scores = n.known(1, "scores").toDoubles();
    require(boxes.length == 4 * scores.length, "%d scores for %s", scores.length, n.in(0).type());
    long most = n.knownInteger(2, "max_output_size");
    double overlap =
        n.inputs() > 3 ? n.knownNumber(3, "iou_threshold") : n.attrs().number("iou_threshold", 0.5);
    double least = n.inputs() > 4 ? n.knownNumber(4, "score_threshold") : Double.NEGATIVE_INFINITY;
    UnsupportedFeature.when(
        n.inputs() > 5 && n.knownNumber(5, "soft_nms_sigma") != 0, "soft_nms_sigma is not 0");
    List<Integer> kept = kept(boxes, scores, most, overlap, least);
    int valid = kept.size();
    int size = n.attrs().flag("pad_to_max_output_size", false) ? Math.toIntExact(most) : valid;
    require(size <= 1 << 20, "max_output_size is %d", most);
    long[] indices = new long[size];
    double[] values = new double[size];
    for (int i = 0; i < valid; i++) {
      indices[i] = kept.get(i);
      values[i] = scores[kept.get(i)];
    }
    List<Token> out = new ArrayList<>(List.of(Token.of(n.integers(DType.I32, indices))));
    if (n.op().endsWith("V5")) {
      out.add(Token.of(n.constant(Tensor.of(TensorType.of(n.in(1).dtype(), size), values))));
    }
    out.add(Token.of(n.number(DType.I32, valid)));
    return out;
  }

  private static List<Integer> kept(
      double[] boxes, double[] scores, long most, double overlap, double least) {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < scores.length; i++) {
      if (scores[i] > least) {
        order.add(i);
      }
    }
    order.sort((a, b) -> Double.compare(scores[b], scores[a]));
    List<Integer> kept = new ArrayList<>();
    for (int i : order) {
      if (kept.size() >= most) {
        break;
      }
      boolean free = true;
      for (int k : kept) {
        free &= !(shared(boxes, i, k) > overlap);
      }
      if (free) {
        kept.add(i);
      }
    }
    return kept;
  }

  /** Intersection by union; corners may be given in any order. */
  private static double shared(double[] b, int i, int k) {
    double common = 1;
    double first = 1;
    double second = 1;
    for (int axis = 0; axis < 2; axis++) {
      double low1 = Math.min(b[4 * i + axis], b[4 * i + 2 + axis]);
      double high1 = Math.max(b[4 * i + axis], b[4 * i + 2 + axis]);
      double low2 = Math.min(b[4 * k + axis], b[4 * k + 2 + axis]);
      double high2 = Math.max(b[4 * k + axis], b[4 * k + 2 + axis]);
      common *= Math.max(0, Math.min(high1, high2) - Math.max(low1, low2));
      first *= high1 - low1;
      second *= high2 - low2;
    }
    return first <= 0 || second <= 0 ? 0 : common / (first + second - common);
  }
}
