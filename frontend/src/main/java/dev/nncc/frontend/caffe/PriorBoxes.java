package dev.nncc.frontend.caffe;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.caffe.proto.PriorBoxParameter;
import dev.nncc.frontend.importing.Operand;
import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import java.util.ArrayList;
import java.util.List;

/**
 * The boxes that a detector starts from: a constant [1,2,4n], the corners by the picture's extents
 * and then the variances. Computed in floats, as the network was trained with.
 */
final class PriorBoxes {
  private static final float SAME = 1e-6f;

  private final PriorBoxParameter p;
  private final long rows;
  private final long columns;
  private final float[] picture = new float[2];
  private final float[] step = new float[2];

  private PriorBoxes(CaffeLayer l) {
    p = l.proto().getPriorBoxParam();
    Operand map = l.in(0);
    Operand data = l.in(1);
    require(map.rank() == 4 && data.rank() == 4, "%s and %s", map.type(), data.type());
    rows = map.dim(2);
    columns = map.dim(3);
    boolean square = p.hasImgSize();
    picture[0] = square ? p.getImgSize() : p.hasImgW() ? p.getImgW() : data.dim(3);
    picture[1] = square ? p.getImgSize() : p.hasImgH() ? p.getImgH() : data.dim(2);
    require(rows > 0 && columns > 0 && picture[0] > 0 && picture[1] > 0, "%s is empty", map.type());
    float both = p.getStep();
    step[0] = both > 0 ? both : p.getStepW() > 0 ? p.getStepW() : picture[0] / columns;
    step[1] = both > 0 ? both : p.getStepH() > 0 ? p.getStepH() : picture[1] / rows;
    require(p.getMinSizeCount() > 0, "min_size is missing");
    require(
        p.getMaxSizeCount() == 0 || p.getMaxSizeCount() == p.getMinSizeCount(),
        "%d of max_size for %d of min_size",
        p.getMaxSizeCount(),
        p.getMinSizeCount());
  }

  static Operand of(CaffeLayer l) {
    PriorBoxes boxes = new PriorBoxes(l);
    List<float[]> sizes = boxes.sizes();
    long n = Math.multiplyExact(Math.multiplyExact(boxes.rows, boxes.columns), (long) sizes.size());
    require(n <= Boxes.MOST, "%d boxes", n);
    TensorBuilder b = new TensorBuilder(new TensorType(DType.F32, Shape.of(1, 2, 4 * n)));
    boxes.corners(sizes, b);
    float[] variances = boxes.variances();
    for (long i = 0; i < 4 * n; i++) {
      b.set(4 * n + i, variances[(int) (i % 4)]);
    }
    return l.constant(b.build());
  }

  /** Ratios of width to height, 1 first and none twice. */
  private List<Float> ratios() {
    List<Float> out = new ArrayList<>(List.of(1f));
    for (float r : p.getAspectRatioList()) {
      require(r > 0, "aspect_ratio is %s", r);
      if (out.stream().noneMatch(o -> Math.abs(o - r) < SAME)) {
        out.add(r);
        if (p.getFlip()) {
          out.add(1 / r);
        }
      }
    }
    return out;
  }

  /** Width and height of each box at one position. */
  private List<float[]> sizes() {
    List<float[]> out = new ArrayList<>();
    for (int i = 0; i < p.getMinSizeCount(); i++) {
      float least = p.getMinSize(i);
      require(least > 0, "min_size is %s", least);
      out.add(new float[] {least, least});
      if (p.getMaxSizeCount() > 0) {
        require(p.getMaxSize(i) > least, "max_size %s of min_size %s", p.getMaxSize(i), least);
        float between = (float) Math.sqrt(least * p.getMaxSize(i));
        out.add(new float[] {between, between});
      }
      for (float ratio : ratios()) {
        if (Math.abs(ratio - 1) >= SAME) {
          float root = (float) Math.sqrt(ratio);
          out.add(new float[] {least * root, least / root});
        }
      }
    }
    return out;
  }

  private void corners(List<float[]> sizes, TensorBuilder b) {
    long at = 0;
    for (long row = 0; row < rows; row++) {
      for (long column = 0; column < columns; column++) {
        float x = (column + p.getOffset()) * step[0];
        float y = (row + p.getOffset()) * step[1];
        for (float[] size : sizes) {
          b.set(at++, clipped((x - size[0] / 2) / picture[0]));
          b.set(at++, clipped((y - size[1] / 2) / picture[1]));
          b.set(at++, clipped((x + size[0] / 2) / picture[0]));
          b.set(at++, clipped((y + size[1] / 2) / picture[1]));
        }
      }
    }
  }

  private float clipped(float v) {
    return p.getClip() ? Math.min(Math.max(v, 0), 1) : v;
  }

  private float[] variances() {
    int n = p.getVarianceCount();
    require(n == 0 || n == 1 || n == 4, "%d of variance", n);
    float[] out = new float[4];
    for (int i = 0; i < 4; i++) {
      out[i] = n == 0 ? 0.1f : p.getVariance(n == 1 ? 0 : i);
    }
    return out;
  }
}
