package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.DType;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

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
    double sigma = n.inputs() > 5 ? n.knownNumber(5, "soft_nms_sigma") : 0;
    require(sigma >= 0, "soft_nms_sigma is %s", sigma);
    List<Candidate> kept = kept(new Rule(boxes, overlap, least, sigma), scores, most);
    int valid = kept.size();
    int size = n.attrs().flag("pad_to_max_output_size", false) ? Math.toIntExact(most) : valid;
    require(size <= 1 << 20, "max_output_size is %d", most);
    long[] indices = new long[size];
    double[] values = new double[size];
    for (int i = 0; i < valid; i++) {
      indices[i] = kept.get(i).box();
      values[i] = kept.get(i).score();
    }
    List<Token> out = new ArrayList<>(List.of(Token.of(n.integers(DType.I32, indices))));
    if (n.op().endsWith("V5")) {
      out.add(Token.of(n.constant(Tensor.of(TensorType.of(n.in(1).dtype(), size), values))));
    }
    out.add(Token.of(n.number(DType.I32, valid)));
    return out;
  }

  /**
   * @param compared with how many of the kept boxes it has been
   */
  private record Candidate(int box, double score, int compared) {}

  /**
   * @param sigma 0, or boxes that overlap a better one lose some of their score, as a bell curve of
   *     that variance says, instead of being suppressed
   */
  private record Rule(double[] boxes, double overlap, double least, double sigma) {
    /** Compares with all kept boxes, the newest first. Not above {@link #least}: suppressed. */
    Candidate compare(Candidate c, List<Candidate> kept) {
      double score = c.score();
      for (int i = kept.size() - 1; i >= c.compared() && score > least; i--) {
        double shared = shared(boxes, c.box(), kept.get(i).box());
        if (sigma > 0) {
          score *= Math.exp(-shared * shared / (2 * sigma));
        } else if (shared > overlap) {
          score = Double.NEGATIVE_INFINITY;
        }
      }
      return new Candidate(c.box(), score, kept.size());
    }
  }

  private static List<Candidate> kept(Rule rule, double[] scores, long most) {
    PriorityQueue<Candidate> open =
        new PriorityQueue<>(
            Comparator.comparingDouble((Candidate c) -> -c.score()).thenComparing(Candidate::box));
    for (int i = 0; i < scores.length; i++) {
      if (scores[i] > rule.least()) {
        open.add(new Candidate(i, scores[i], 0));
      }
    }
    List<Candidate> kept = new ArrayList<>();
    while (kept.size() < most && !open.isEmpty()) {
      Candidate best = open.remove();
      Candidate now = rule.compare(best, kept);
      if (now.score() == best.score()) {
        kept.add(now);
      } else if (now.score() > rule.least()) {
        open.add(now);
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
