package dev.nncc.frontend.caffe;

import static dev.nncc.frontend.caffe.Net.floats;
import static dev.nncc.frontend.caffe.Net.random;
import static dev.nncc.frontend.caffe.Net.shape;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.nncc.graph.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Detectors against loops: what overlaps, what is kept, and in which order. */
class DetectionLayersTest {
  private static final int CLASSES = 3;
  private static final int PRIORS = 12;

  @TempDir Path folder;

  private static void same(Tensor actual, List<Double> expected) {
    double[] values = actual.toDoubles();
    assertThat(values).hasSize(expected.size());
    for (int i = 0; i < values.length; i++) {
      assertThat(values[i]).as("element %d", i).isCloseTo(expected.get(i), within(1e-4));
    }
  }

  private static double overlap(double[] a, double[] b, double pixel) {
    double w = Math.min(a[2], b[2]) - Math.max(a[0], b[0]) + pixel;
    double h = Math.min(a[3], b[3]) - Math.max(a[1], b[1]) + pixel;
    if (w <= 0 || h <= 0) {
      return 0;
    }
    double areas = area(a, pixel) + area(b, pixel);
    return w * h / (areas - w * h);
  }

  private static double area(double[] box, double pixel) {
    return (box[2] - box[0] + pixel) * (box[3] - box[1] + pixel);
  }

  /** Places of boxes that stay, best first. */
  private static List<Integer> kept(
      List<double[]> boxes,
      double[] scores,
      List<Integer> candidates,
      double threshold,
      double pixel) {
    List<Integer> order = new ArrayList<>(candidates);
    order.sort(Comparator.comparingDouble(i -> -scores[i]));
    List<Integer> out = new ArrayList<>();
    for (int i : order) {
      if (out.stream().allMatch(j -> overlap(boxes.get(i), boxes.get(j), pixel) <= threshold)) {
        out.add(i);
      }
    }
    return out;
  }

  private static Tensor priors(Random random) {
    double[] v = new double[8 * PRIORS];
    for (int i = 0; i < PRIORS; i++) {
      double x = random.nextDouble() * 0.6;
      double y = random.nextDouble() * 0.6;
      v[4 * i] = x;
      v[4 * i + 1] = y;
      v[4 * i + 2] = x + 0.2 + 0.2 * random.nextDouble();
      v[4 * i + 3] = y + 0.2 + 0.2 * random.nextDouble();
    }
    for (int i = 0; i < 4 * PRIORS; i++) {
      v[4 * PRIORS + i] = i % 4 < 2 ? 0.1 : 0.2;
    }
    return floats(shape(1, 2, 4 * PRIORS), v);
  }

  private static double[] decoded(double[] loc, int from, double[] prior, int i, boolean corners) {
    double[] p = Arrays.copyOfRange(prior, 4 * i, 4 * i + 4);
    double[] v = Arrays.copyOfRange(prior, 4 * PRIORS + 4 * i, 4 * PRIORS + 4 * i + 4);
    double[] l = Arrays.copyOfRange(loc, from, from + 4);
    if (corners) {
      return IntStream.range(0, 4).mapToDouble(k -> p[k] + v[k] * l[k]).toArray();
    }
    double w = p[2] - p[0];
    double h = p[3] - p[1];
    double x = v[0] * l[0] * w + (p[0] + p[2]) / 2;
    double y = v[1] * l[1] * h + (p[1] + p[3]) / 2;
    double bw = Math.exp(v[2] * l[2]) * w;
    double bh = Math.exp(v[3] * l[3]) * h;
    return new double[] {x - bw / 2, y - bh / 2, x + bw / 2, y + bh / 2};
  }

  private record Kept(double[] row) {
    double score() {
      return row[2];
    }
  }

  /** Rows of all pictures; background 0, threshold 0.3 of overlaps, 0.4 of scores. */
  private static List<Double> expected(
      Tensor loc, Tensor conf, Tensor prior, boolean shared, int top, int keep, int rows) {
    List<Double> out = new ArrayList<>();
    int sets = shared ? 1 : CLASSES;
    for (int n = 0; n < 2; n++) {
      List<Kept> all = new ArrayList<>();
      for (int c = 1; c < CLASSES; c++) {
        List<double[]> boxes = new ArrayList<>();
        double[] scores = new double[PRIORS];
        List<Integer> candidates = new ArrayList<>();
        for (int i = 0; i < PRIORS; i++) {
          int from = 4 * ((n * PRIORS + i) * sets + (shared ? 0 : c));
          boxes.add(decoded(loc.toDoubles(), from, prior.toDoubles(), i, !shared));
          scores[i] = conf.toDoubles()[(n * PRIORS + i) * CLASSES + c];
          if (scores[i] > 0.4f) {
            candidates.add(i);
          }
        }
        candidates.sort(Comparator.comparingDouble(i -> -scores[i]));
        List<Integer> first = candidates.subList(0, Math.min(top, candidates.size()));
        for (int i : kept(boxes, scores, first, 0.3f, 0)) {
          double[] b = boxes.get(i);
          all.add(new Kept(new double[] {n, c, scores[i], b[0], b[1], b[2], b[3]}));
        }
      }
      List<Kept> best = new ArrayList<>(all);
      best.sort(Comparator.comparingDouble(k -> -k.score()));
      List<Kept> chosen = best.subList(0, Math.min(keep, best.size()));
      all.stream().filter(chosen::contains).forEach(k -> Arrays.stream(k.row()).forEach(out::add));
    }
    while (out.size() < 7 * rows) {
      out.add(0.0);
    }
    return out;
  }

  @Test
  void detectionsComeByPictureClassAndScore() {
    for (int seed = 0; seed < 20; seed++) {
      boolean shared = seed % 2 == 0;
      boolean few = seed % 3 != 0;
      int sets = shared ? 1 : CLASSES;
      Tensor loc = random(seed, 2, PRIORS * sets * 4);
      Random random = new Random(seed);
      double[] scores = random.doubles(2 * PRIORS * CLASSES).map(d -> (float) d).toArray();
      Tensor conf = floats(shape(2, PRIORS * CLASSES), scores);
      Tensor prior = priors(random);
      String p =
          String.format(
              "detection_output_param { num_classes: 3 share_location: %s code_type: %s"
                  + " nms_param { nms_threshold: 0.3 top_k: 6 } keep_top_k: %d"
                  + " confidence_threshold: 0.4 }",
              shared, shared ? "CENTER_SIZE" : "CORNER", few ? 4 : -1);
      Net net =
          Net.layer(
              "DetectionOutput",
              p,
              shape(2, PRIORS * sets * 4),
              shape(2, PRIORS * CLASSES),
              shape(1, 2, 4 * PRIORS));
      int rows = 2 * (few ? 4 : 2 * 6);
      Tensor y = net.run(folder, loc, conf, prior).get(0);
      assertThat(y.shape().toArray()).containsExactly(1, 1, rows, 7);
      same(y, expected(loc, conf, prior, shared, 6, few ? 4 : 100, rows));
    }
  }

  @Test
  void priorsAreAConstant() {
    Net net =
        Net.layer(
            "PriorBox",
            "prior_box_param { min_size: 2 max_size: 8 aspect_ratio: 4 aspect_ratio: 1 clip: true"
                + " variance: 0.5 }",
            shape(1, 1, 1, 2),
            shape(1, 1, 10, 20));
    assertThat(net.load(folder).graph().nodes()).allMatch(n -> n.op().name().equals("Constant"));
    Tensor y = net.run(folder, random(1, 1, 1, 1, 2), random(1, 1, 1, 10, 20)).get(0);
    assertThat(y.shape().toArray()).containsExactly(1, 2, 32);
    // Steps of 10: centres 5 and 15. Sizes 2x2, 4x4 between, 4x1 and, flipped, 1x4.
    double[][] sizes = {{2, 2}, {4, 4}, {4, 1}, {1, 4}};
    List<Double> expected = new ArrayList<>();
    for (double x : new double[] {5, 15}) {
      for (double[] s : sizes) {
        expected.add((x - s[0] / 2) / 20);
        expected.add((5 - s[1] / 2) / 10);
        expected.add((x + s[0] / 2) / 20);
        expected.add((5 + s[1] / 2) / 10);
      }
    }
    for (int i = 0; i < 32; i++) {
      expected.add(0.5);
    }
    same(y, expected);
  }

  @Test
  void proposalsAreAnchorsMoved() {
    int h = 3;
    int w = 4;
    int a = 2;
    String p =
        "proposal_param { feat_stride: 8 base_size: 8 min_size: 6 ratio: 1 scale: 1 scale: 2"
            + " pre_nms_topn: 14 post_nms_topn: 9 nms_thresh: 0.5 }";
    for (int seed = 0; seed < 10; seed++) {
      Net net = Net.layer("Proposal", p, shape(1, 2 * a, h, w), shape(1, 4 * a, h, w), shape(1, 3));
      Tensor scores = random(seed, 1, 2 * a, h, w);
      Tensor moves = random(seed + 100, 1, 4 * a, h, w);
      Tensor size = floats(shape(1, 3), 22, 30, 1.25);
      same(net.run(folder, scores, moves, size).get(0), regions(scores, moves, h, w, a));
    }
  }

  /** The code of the layer in its first, interpreted form, for the parameters above. */
  private static List<Double> regions(Tensor scores, Tensor moves, int h, int w, int a) {
    List<double[]> boxes = new ArrayList<>();
    double[] score = new double[h * w * a];
    List<Integer> large = new ArrayList<>();
    double[] m = moves.toDoubles();
    for (int i = 0; i < score.length; i++) {
      int anchor = i % a;
      int column = i / a % w;
      int row = i / a / w;
      int cell = row * w + column;
      score[i] = scores.toDoubles()[(a + anchor) * h * w + cell];
      // Corners -0 .. 7 for scale 1 and -4 .. 11 for scale 2, inclusive.
      double extent = anchor == 0 ? 8 : 16;
      double x = 8 * column + 3.5 - (extent - 1) / 2 + 0.5 * extent;
      double y = 8 * row + 3.5 - (extent - 1) / 2 + 0.5 * extent;
      double cx = m[(4 * anchor) * h * w + cell] * extent + x;
      double cy = m[(4 * anchor + 1) * h * w + cell] * extent + y;
      double bw = Math.exp(m[(4 * anchor + 2) * h * w + cell]) * extent;
      double bh = Math.exp(m[(4 * anchor + 3) * h * w + cell]) * extent;
      double[] box = {cx - bw / 2, cy - bh / 2, cx + bw / 2, cy + bh / 2};
      for (int k = 0; k < 4; k++) {
        box[k] = Math.max(0, Math.min(k % 2 == 0 ? 29 : 21, box[k]));
      }
      boxes.add(box);
      if (box[2] - box[0] + 1 >= 7.5 && box[3] - box[1] + 1 >= 7.5) {
        large.add(i);
      }
    }
    large.sort(Comparator.comparingDouble(i -> -score[i]));
    List<Integer> first = large.subList(0, Math.min(14, large.size()));
    List<Double> out = new ArrayList<>();
    List<Integer> stay = kept(boxes, score, first, 0.5, 1);
    for (int i : stay.subList(0, Math.min(9, stay.size()))) {
      out.add(0.0);
      Arrays.stream(boxes.get(i)).forEach(out::add);
    }
    while (out.size() < 45) {
      out.add(0.0);
    }
    return out;
  }

  @Test
  void layersInPythonAreProposalsOrNotSupported() {
    String p = "python_param { module: 'rpn' layer: '%s' param_str: \"'feat_stride': 8\" }";
    Net net =
        Net.layer(
            "Python",
            String.format(p, "ProposalLayer"),
            shape(1, 18, 2, 2),
            shape(1, 36, 2, 2),
            shape(1, 3));
    assertThat(net.load(folder).graph().outputs().get(0).shape().toArray()).containsExactly(300, 5);
    Net other = Net.layer("Python", String.format(p, "Other"), shape(1));
    assertThatThrownBy(() -> other.load(folder))
        .hasMessageContaining("layer 'Other' is code in Python");
  }
}
