package dev.nncc.frontend.caffe;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.caffe.proto.DetectionOutputParameter;
import dev.nncc.frontend.caffe.proto.PriorBoxParameter.CodeType;
import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Expand;
import dev.nncc.graph.op.ScatterElements;
import dev.nncc.graph.op.ScatterKind;
import java.util.ArrayList;
import java.util.List;

/** The ends of single-shot detectors. */
final class DetectionLayers {
  private DetectionLayers() {}

  static void addTo(LayerTable t) {
    t.one("PriorBox", PriorBoxes::of);
    t.one("DetectionOutput", l -> new Detection(l).rows());
    t.limit("DetectionOutput", "eta 1; keep_top_k rows, those that are not used hold zeros");
  }

  /** The predictions of one layer on their way to rows of detections. */
  private static final class Detection {
    private final CaffeLayer l;
    private final Boxes boxes;
    private final DetectionOutputParameter p;
    private final long pictures;
    private final long priors;

    /** Classes without the background. */
    private final List<Integer> classes = new ArrayList<>();

    Detection(CaffeLayer l) {
      this.l = l;
      this.boxes = new Boxes(l);
      this.p = l.proto().getDetectionOutputParam();
      Operand prior = l.in(2);
      require(
          prior.rank() == 3 && prior.dim(1) == 2 && prior.dim(2) % 4 == 0 && prior.dim(2) > 0,
          "priors are %s",
          prior.type());
      pictures = l.in(0).dim(0);
      priors = prior.dim(2) / 4;
      for (int c = 0; c < Math.min(p.getNumClasses(), 1 << 16); c++) {
        if (c != p.getBackgroundLabelId()) {
          classes.add(c);
        }
      }
      require(!classes.isEmpty(), "num_classes is %d", p.getNumClasses());
      UnsupportedFeature.when(
          p.getNmsParam().getEta() != 1, "eta=%s is not supported", p.getNmsParam().getEta());
    }

    /** [1,1,k,7]: picture, class, score and corners; by picture, class and falling score. */
    Operand rows() {
      long all = classes.size();
      Operand scores = scores();
      int top = p.getNmsParam().getTopK();
      long k = p.getNmsParam().hasTopK() && top >= 0 ? Math.min(top, priors) : priors;
      Operand least = l.number(DType.F32, Double.NEGATIVE_INFINITY);
      Operand confident =
          p.hasConfidenceThreshold()
              ? l.apply(
                  ElementwiseKind.WHERE,
                  l.apply(
                      ElementwiseKind.LESS,
                      l.number(DType.F32, p.getConfidenceThreshold()),
                      scores),
                  scores,
                  least)
              : scores;
      List<Operand> best = boxes.best(l.reshape(confident, pictures * all, priors), k, true);
      Operand candidates = l.apply(ElementwiseKind.LESS, least, best.get(0));
      Operand chosen = boxes.rows(decoded(), best.get(1));
      Operand stays = boxes.suppressed(chosen, candidates, p.getNmsParam().getNmsThreshold(), 0);
      long n = pictures * all * k;
      Operand flags = l.reshape(stays, n);
      long results = n;
      if (p.getKeepTopK() >= 0 && p.getKeepTopK() < all * k) {
        flags =
            best(l.reshape(stays, pictures, all * k), l.reshape(best.get(0), pictures, all * k));
        results = pictures * p.getKeepTopK();
      }
      Operand rows =
          l.concat(List.of(labels(k), l.reshape(best.get(0), n, 1), l.reshape(chosen, n, 4)), 1);
      Operand out = boxes.compact(rows, flags, results);
      return l.reshape(out, 1, 1, out.dim(0), 7);
    }

    /** Of all that stay in a picture those with the best scores: flags over all pictures. */
    private Operand best(Operand stays, Operand scores) {
      long n = scores.dim(1);
      Operand least = l.number(DType.F32, Double.NEGATIVE_INFINITY);
      Operand masked = l.apply(ElementwiseKind.WHERE, stays, scores, least);
      List<Operand> best = boxes.best(masked, p.getKeepTopK(), true);
      Operand used = l.cast(l.apply(ElementwiseKind.LESS, least, best.get(0)), DType.I32);
      Operand none = l.constant(Tensor.filled(new TensorType(DType.I32, Shape.of(pictures, n)), 0));
      Operand flags = l.emit(new ScatterElements(1, ScatterKind.NONE), none, best.get(1), used);
      return l.reshape(l.cast(flags, DType.BOOL), pictures * n);
    }

    /** Picture and class of each box. */
    private Operand labels(long k) {
      long[] extents = {pictures, classes.size(), k};
      Operand[] columns = new Operand[2];
      for (int i = 0; i < 2; i++) {
        int axis = i;
        double[] values = new double[(int) extents[i]];
        for (int v = 0; v < values.length; v++) {
          values[v] = axis == 0 ? v : classes.get(v);
        }
        Shape column = i == 0 ? Shape.of(pictures, 1, 1) : Shape.of(1, classes.size(), 1);
        Operand c = l.constant(Tensor.of(new TensorType(DType.F32, column), values));
        Operand wide = l.emit(new Expand(Shape.of(extents)), c);
        columns[i] = l.reshape(wide, pictures * classes.size() * k, 1);
      }
      return l.concat(List.of(columns), 1);
    }

    /** [pictures, classes without background, priors]. */
    private Operand scores() {
      int n = p.getNumClasses();
      require(
          l.in(1).shape().elements() == Math.multiplyExact(pictures * priors, (long) n),
          "confidences %s for %d priors of %d classes",
          l.in(1).type(),
          priors,
          n);
      Operand byPrior = l.reshape(l.in(1), pictures, priors, n);
      return withoutBackground(l.transpose(byPrior, List.of(0, 2, 1)));
    }

    private Operand withoutBackground(Operand byClass) {
      int n = p.getNumClasses();
      int background = p.getBackgroundLabelId();
      if (background < 0 || background >= n) {
        return byClass;
      }
      List<Operand> parts = new ArrayList<>();
      if (background > 0) {
        parts.add(l.slice(byClass, 1, 0, background));
      }
      if (background < n - 1) {
        parts.add(l.slice(byClass, 1, background + 1, n - 1 - background));
      }
      return l.concat(parts, 1);
    }

    /** Corners [pictures * classes, priors, 4]. */
    private Operand decoded() {
      int sets = p.getShareLocation() ? 1 : p.getNumClasses();
      require(
          l.in(0).shape().elements() == Math.multiplyExact(pictures * priors * 4, (long) sets),
          "locations %s for %d priors",
          l.in(0).type(),
          priors);
      Operand offsets =
          l.transpose(l.reshape(l.in(0), pictures, priors, sets, 4), List.of(0, 2, 1, 3));
      Operand all = decode(sets == 1 ? offsets : withoutBackground(offsets));
      Shape shape = Shape.of(pictures, classes.size(), priors, 4);
      return l.reshape(l.expand(all, shape), pictures * classes.size(), priors, 4);
    }

    private Operand decode(Operand offsets) {
      Operand prior = part(0);
      Operand scaled = p.getVarianceEncodedInTarget() ? offsets : l.mul(offsets, part(1));
      if (p.getCodeType() == CodeType.CORNER) {
        return l.add(scaled, prior);
      }
      Operand x0 = boxes.coordinate(prior, 0);
      Operand y0 = boxes.coordinate(prior, 1);
      Operand w = l.sub(boxes.coordinate(prior, 2), x0);
      Operand h = l.sub(boxes.coordinate(prior, 3), y0);
      if (p.getCodeType() == CodeType.CORNER_SIZE) {
        return l.add(prior, l.mul(scaled, boxes.join(w, h, w, h)));
      }
      Operand x = l.add(l.mul(boxes.coordinate(scaled, 0), w), l.add(x0, l.affine(w, 0.5, 0)));
      Operand y = l.add(l.mul(boxes.coordinate(scaled, 1), h), l.add(y0, l.affine(h, 0.5, 0)));
      return boxes.corners(
          x,
          y,
          l.mul(l.apply(ElementwiseKind.EXP, boxes.coordinate(scaled, 2)), w),
          l.mul(l.apply(ElementwiseKind.EXP, boxes.coordinate(scaled, 3)), h));
    }

    /** The priors' corners, or their variances, [1,1,priors,4]. */
    private Operand part(int i) {
      return l.reshape(l.slice(l.in(2), 1, i, 1), 1, 1, priors, 4);
    }
  }
}
