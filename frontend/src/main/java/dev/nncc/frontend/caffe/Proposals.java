package dev.nncc.frontend.caffe;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.caffe.proto.ProposalParameter;
import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.op.ElementwiseKind;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Regions of a picture that may hold something: anchors at each position, moved and sized as the
 * network says, best first, without those that overlap a better one. Bottoms: scores [1,2A,H,W],
 * moves [1,4A,H,W], the picture's height, width and scale.
 */
final class Proposals {
  private static final Pattern STRIDE = Pattern.compile("feat_stride['\"]?\\s*:\\s*(\\d{1,6})");

  private final CaffeLayer l;
  private final Boxes boxes;
  private final ProposalParameter p;
  private final List<double[]> anchors;
  private final long height;
  private final long width;

  private Proposals(CaffeLayer l, ProposalParameter p) {
    this.l = l;
    this.boxes = new Boxes(l);
    this.p = p;
    anchors = anchors(p);
    Operand scores = l.in(0);
    require(scores.rank() == 4, "scores are %s", scores.type());
    UnsupportedFeature.when(scores.dim(0) != 1, "%d pictures are not supported", scores.dim(0));
    height = scores.dim(2);
    width = scores.dim(3);
    long a = anchors.size();
    require(
        scores.dim(1) == 2 * a && l.in(1).shape().equals(Shape.of(1, 4 * a, height, width)),
        "scores %s and moves %s for %d anchors",
        scores.type(),
        l.in(1).type(),
        a);
    require(height * width * a <= Boxes.MOST, "%d anchors at %s", a, scores.type());
    require(l.in(2).shape().elements() >= 3, "the picture's size is %s", l.in(2).type());
    require(
        p.getPreNmsTopn() > 0 && p.getPostNmsTopn() > 0,
        "pre_nms_topn %d, post_nms_topn %d",
        p.getPreNmsTopn(),
        p.getPostNmsTopn());
  }

  /** The layer that networks in Python's terms name; what it is not told has its defaults. */
  static List<Operand> ofPython(CaffeLayer l) {
    String layer = l.proto().getPythonParam().getLayer();
    UnsupportedFeature.when(!layer.equals("ProposalLayer"), "layer '%s' is code in Python", layer);
    ProposalParameter.Builder p = ProposalParameter.newBuilder();
    Matcher m = STRIDE.matcher(l.proto().getPythonParam().getParamStr());
    if (m.find()) {
      p.setFeatStride(Long.parseLong(m.group(1)));
    }
    return of(l, p.build());
  }

  /** Regions [post_nms_topn,5], the first column the picture, and their scores. */
  static List<Operand> of(CaffeLayer l, ProposalParameter p) {
    return new Proposals(l, p).regions();
  }

  private List<Operand> regions() {
    long n = height * width * anchors.size();
    long k = Math.min(p.getPreNmsTopn(), n);
    Operand size = l.reshape(l.slice(flat(l.in(2)), 0, 0, 3), 3, 1);
    Operand all = clipped(moved(), size);
    Operand score = large(all, size, l.reshape(scores(), n, 1));
    List<Operand> best = boxes.best(l.reshape(score, 1, n), k, true);
    Operand chosen = boxes.rows(l.reshape(all, 1, n, 4), best.get(1));
    Operand candidates =
        l.apply(ElementwiseKind.LESS, l.number(DType.F32, Double.NEGATIVE_INFINITY), best.get(0));
    Operand stays = boxes.suppressed(chosen, candidates, p.getNmsThresh(), 1);
    Operand rows =
        l.concat(
            List.of(
                l.filled(DType.F32, Shape.of(k, 1), 0),
                l.reshape(chosen, k, 4),
                l.reshape(best.get(0), k, 1)),
            1);
    long results = p.getPostNmsTopn();
    Operand found = boxes.compact(rows, l.reshape(stays, k), results);
    if (found.dim(0) < results) {
      Operand none = l.filled(DType.F32, Shape.of(results - found.dim(0), 6), 0);
      found = l.concat(List.of(found, none), 0);
    }
    return List.of(l.slice(found, 1, 0, 5), l.slice(found, 1, 5, 1));
  }

  private Operand flat(Operand x) {
    return l.reshape(x, x.shape().elements());
  }

  /** Of the foreground, in the order row, column, anchor. */
  private Operand scores() {
    long a = anchors.size();
    return l.transpose(l.slice(l.in(0), 1, a, a), List.of(0, 2, 3, 1));
  }

  private Operand moved() {
    long n = height * width * anchors.size();
    Operand moves = l.reshape(l.transpose(l.in(1), List.of(0, 2, 3, 1)), n, 4);
    double[][] at = new double[4][(int) n];
    int i = 0;
    for (long row = 0; row < height; row++) {
      for (long column = 0; column < width; column++) {
        for (double[] anchor : anchors) {
          double w = anchor[2] - anchor[0] + 1;
          double h = anchor[3] - anchor[1] + 1;
          at[0][i] = anchor[0] + column * p.getFeatStride() + 0.5 * w;
          at[1][i] = anchor[1] + row * p.getFeatStride() + 0.5 * h;
          at[2][i] = w;
          at[3][i++] = h;
        }
      }
    }
    Operand[] constant = new Operand[4];
    for (int c = 0; c < 4; c++) {
      constant[c] = l.constant(Tensor.of(new TensorType(DType.F32, Shape.of(n, 1)), at[c]));
    }
    Operand[] center = new Operand[2];
    Operand[] extent = new Operand[2];
    for (int c = 0; c < 2; c++) {
      center[c] = l.add(l.mul(boxes.coordinate(moves, c), constant[c + 2]), constant[c]);
      Operand grown = l.apply(ElementwiseKind.EXP, boxes.coordinate(moves, c + 2));
      extent[c] = l.mul(grown, constant[c + 2]);
    }
    return boxes.corners(center[0], center[1], extent[0], extent[1]);
  }

  /** Into the picture, whose height and width stand in a column. */
  private Operand clipped(Operand all, Operand size) {
    Operand[] inside = new Operand[4];
    for (int i = 0; i < 4; i++) {
      Operand most = l.affine(l.slice(size, 0, i % 2 == 0 ? 1 : 0, 1), 1, -1);
      Operand low = l.apply(ElementwiseKind.MIN, boxes.coordinate(all, i), most);
      inside[i] = l.apply(ElementwiseKind.MAX, low, l.number(DType.F32, 0));
    }
    return boxes.join(inside);
  }

  /** The scores, of regions that are too small below all numbers. */
  private Operand large(Operand all, Operand size, Operand score) {
    Operand least = l.affine(l.slice(size, 0, 2, 1), p.getMinSize(), 0);
    Operand large = l.apply(ElementwiseKind.AND, enough(all, least, 0), enough(all, least, 1));
    return l.apply(
        ElementwiseKind.WHERE, large, score, l.number(DType.F32, Double.NEGATIVE_INFINITY));
  }

  private Operand enough(Operand all, Operand least, int i) {
    Operand extent = l.sub(boxes.coordinate(all, i + 2), boxes.coordinate(all, i));
    return l.apply(ElementwiseKind.LESS_OR_EQUAL, least, l.affine(extent, 1, 1));
  }

  /** Corners around the origin: all ratios of the base, and of each all scales. */
  private static List<double[]> anchors(ProposalParameter p) {
    List<Float> ratios = p.getRatioCount() > 0 ? p.getRatioList() : List.of(0.5f, 1f, 2f);
    List<Float> scales = p.getScaleCount() > 0 ? p.getScaleList() : List.of(8f, 16f, 32f);
    require(p.getBaseSize() > 0 && p.getFeatStride() > 0, "base_size and feat_stride");
    double center = (p.getBaseSize() - 1) / 2.0;
    double area = (double) p.getBaseSize() * p.getBaseSize();
    List<double[]> out = new ArrayList<>();
    for (double ratio : ratios) {
      require(ratio > 0, "ratio is %s", ratio);
      double w = Math.rint(Math.sqrt(area / ratio));
      double h = Math.rint(w * ratio);
      for (double scale : scales) {
        double halfW = (w * scale - 1) / 2;
        double halfH = (h * scale - 1) / 2;
        out.add(new double[] {center - halfW, center - halfH, center + halfW, center + halfH});
      }
    }
    return out;
  }
}
