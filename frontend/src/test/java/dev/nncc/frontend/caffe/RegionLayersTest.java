package dev.nncc.frontend.caffe;

import static dev.nncc.frontend.caffe.Net.counting;
import static dev.nncc.frontend.caffe.Net.floats;
import static dev.nncc.frontend.caffe.Net.random;
import static dev.nncc.frontend.caffe.Net.shape;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nncc.graph.Tensor;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pooling of regions against loops, and pictures of other sizes. */
class RegionLayersTest {
  private static final int HEIGHT = 9;
  private static final int WIDTH = 11;

  @TempDir Path folder;

  private static void same(Tensor actual, double... expected) {
    double[] values = actual.toDoubles();
    assertThat(values).hasSize(expected.length);
    for (int i = 0; i < expected.length; i++) {
      assertThat(values[i]).as("element %d", i).isCloseTo(expected[i], within(1e-4));
    }
  }

  /** Regions in twice the extents of the picture, some of them partly outside. */
  private static Tensor regions(int n, Random random) {
    double[] v = new double[5 * n];
    for (int i = 0; i < n; i++) {
      v[5 * i] = random.nextInt(2);
      v[5 * i + 1] = random.nextInt(2 * WIDTH);
      v[5 * i + 2] = random.nextInt(2 * HEIGHT);
      v[5 * i + 3] = v[5 * i + 1] + random.nextInt(2 * WIDTH);
      v[5 * i + 4] = v[5 * i + 2] + random.nextInt(2 * HEIGHT);
    }
    return floats(shape(n, 5), v);
  }

  private static int clip(double v, int most) {
    return (int) Math.max(0, Math.min(most, v));
  }

  @Test
  void regionsHaveMaximaOfBins() {
    Random random = new Random(5);
    Tensor x = random(6, 2, 3, HEIGHT, WIDTH);
    Tensor r = regions(8, random);
    double[] in = x.toDoubles();
    double[] at = r.toDoubles();
    double[] out = new double[8 * 3 * 2 * 3];
    for (int i = 0; i < out.length; i++) {
      int pw = i % 3;
      int ph = i / 3 % 2;
      int c = i / 6 % 3;
      int n = i / 18;
      double x0 = Math.floor(at[5 * n + 1] * 0.5 + 0.5);
      double y0 = Math.floor(at[5 * n + 2] * 0.5 + 0.5);
      float bw = (float) Math.max(1, Math.floor(at[5 * n + 3] * 0.5 + 0.5) - x0 + 1) / 3;
      float bh = (float) Math.max(1, Math.floor(at[5 * n + 4] * 0.5 + 0.5) - y0 + 1) / 2;
      double best = Double.NEGATIVE_INFINITY;
      for (int h = clip(Math.floor(ph * bh) + y0, HEIGHT);
          h < clip(Math.ceil((ph + 1) * bh) + y0, HEIGHT);
          h++) {
        for (int w = clip(Math.floor(pw * bw) + x0, WIDTH);
            w < clip(Math.ceil((pw + 1) * bw) + x0, WIDTH);
            w++) {
          best = Math.max(best, in[((((int) at[5 * n]) * 3 + c) * HEIGHT + h) * WIDTH + w]);
        }
      }
      out[i] = best == Double.NEGATIVE_INFINITY ? 0 : best;
    }
    Net net =
        Net.layer(
            "ROIPooling",
            "roi_pooling_param { pooled_h: 2 pooled_w: 3 spatial_scale: 0.5 }",
            shape(2, 3, HEIGHT, WIDTH),
            shape(8, 5));
    same(net.run(folder, x, r).get(0), out);
  }

  @Test
  void groupsOfChannelsHaveAveragesOfTheirBin() {
    Random random = new Random(7);
    Tensor x = random(8, 2, 2 * 4, HEIGHT, WIDTH);
    Tensor r = regions(6, random);
    double[] in = x.toDoubles();
    double[] at = r.toDoubles();
    double[] out = new double[6 * 2 * 2 * 2];
    for (int i = 0; i < out.length; i++) {
      int pw = i % 2;
      int ph = i / 2 % 2;
      int c = i / 4 % 2 * 4 + ph * 2 + pw;
      int n = i / 8;
      double x0 = at[5 * n + 1] * 0.5;
      double y0 = at[5 * n + 2] * 0.5;
      double bw = Math.max(0.1, (at[5 * n + 3] + 1) * 0.5 - x0) / 2;
      double bh = Math.max(0.1, (at[5 * n + 4] + 1) * 0.5 - y0) / 2;
      double sum = 0;
      int count = 0;
      for (int h = clip(Math.floor(ph * bh + y0), HEIGHT);
          h < clip(Math.ceil((ph + 1) * bh + y0), HEIGHT);
          h++) {
        for (int w = clip(Math.floor(pw * bw + x0), WIDTH);
            w < clip(Math.ceil((pw + 1) * bw + x0), WIDTH);
            w++) {
          sum += in[((((int) at[5 * n]) * 8 + c) * HEIGHT + h) * WIDTH + w];
          count++;
        }
      }
      out[i] = count == 0 ? 0 : sum / count;
    }
    Net net =
        Net.layer(
            "PSROIPooling",
            "psroi_pooling_param { output_dim: 2 group_size: 2 spatial_scale: 0.5 }",
            shape(2, 8, HEIGHT, WIDTH),
            shape(6, 5));
    same(net.run(folder, x, r).get(0), out);
  }

  @Test
  void interpolationKeepsCorners() {
    Net zoomed = Net.layer("Interp", "interp_param { zoom_factor: 2 }", shape(1, 1, 1, 3));
    same(zoomed.run(folder, counting(1, 1, 1, 3)).get(0), 0, 0.5, 1, 1.5, 2);
    Net shrunk = Net.layer("Interp", "interp_param { shrink_factor: 2 }", shape(1, 1, 1, 5));
    same(shrunk.run(folder, counting(1, 1, 1, 5)).get(0), 0, 2, 4);
    Net cropped =
        Net.layer("Interp", "interp_param { height: 1 width: 4 pad_beg: -1 }", shape(1, 1, 2, 3));
    same(cropped.run(folder, counting(1, 1, 2, 3)).get(0), 4, 4 + 1 / 3.0, 4 + 2 / 3.0, 5);
    Net like = Net.layer("Interp", "", shape(1, 1, 1, 2), shape(1, 1, 1, 3));
    same(like.run(folder, counting(1, 1, 1, 2), counting(1, 1, 1, 3)).get(0), 0, 0.5, 1);
  }

  @Test
  void upsamplingRepeats() {
    Net net = Net.layer("Upsample", "upsample_param { scale: 2 }", shape(1, 1, 1, 2));
    same(net.run(folder, counting(1, 1, 1, 2)).get(0), 0, 0, 1, 1, 0, 0, 1, 1);
  }

  @Test
  void reorganisationIsThatOfDarknet() {
    int c = 4;
    int h = 2;
    int w = 4;
    double[] x = counting(1, c, h, w).toDoubles();
    double[] forward = new double[x.length];
    double[] reverse = new double[x.length];
    for (int k = 0; k < c; k++) {
      for (int j = 0; j < h; j++) {
        for (int i = 0; i < w; i++) {
          int small = i + w * (j + h * k);
          int large = i * 2 + k % 2 + 2 * w * (j * 2 + k / 2);
          forward[small] = x[large];
          reverse[large] = x[small];
        }
      }
    }
    String p = "reorg_param { stride: 2 reverse: ";
    Tensor to =
        Net.layer("Reorg", p + "false }", shape(1, c, h, w))
            .run(folder, counting(1, c, h, w))
            .get(0);
    assertThat(to.shape().toArray()).containsExactly(1, 16, 1, 2);
    same(to, forward);
    Tensor back =
        Net.layer("Reorg", p + "true }", shape(1, c, h, w))
            .run(folder, counting(1, c, h, w))
            .get(0);
    assertThat(back.shape().toArray()).containsExactly(1, 1, 4, 8);
    same(back, reverse);
  }
}
