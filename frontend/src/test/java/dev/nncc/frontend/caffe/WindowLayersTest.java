package dev.nncc.frontend.caffe;

import static dev.nncc.frontend.caffe.Net.counting;
import static dev.nncc.frontend.caffe.Net.floats;
import static dev.nncc.frontend.caffe.Net.random;
import static dev.nncc.frontend.caffe.Net.shape;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.nncc.graph.ModelException;
import dev.nncc.graph.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Convolutions and pooling against loops that follow Caffe's own arithmetic. */
class WindowLayersTest {
  private static final double ROUNDING = 1e-5;

  @TempDir Path folder;

  private Tensor one(Net net, Tensor... data) {
    return net.run(folder, data).get(0);
  }

  private static void same(Tensor actual, double... expected) {
    double[] values = actual.toDoubles();
    assertThat(values).hasSize(expected.length);
    for (int i = 0; i < expected.length; i++) {
      assertThat(values[i]).as("element %d", i).isCloseTo(expected[i], within(ROUNDING));
    }
  }

  /** One plane; the windows of Caffe, number rounded up and clipped if there is padding. */
  private static double[] pooled(
      double[] x, int h, int w, int kernel, int stride, int pad, boolean max) {
    int oh = count(h, kernel, stride, pad);
    int ow = count(w, kernel, stride, pad);
    double[] out = new double[oh * ow];
    for (int i = 0; i < oh * ow; i++) {
      int top = i / ow * stride - pad;
      int left = i % ow * stride - pad;
      int bottom = Math.min(top + kernel, h + pad);
      int right = Math.min(left + kernel, w + pad);
      double size = (double) (bottom - top) * (right - left);
      double best = Double.NEGATIVE_INFINITY;
      double sum = 0;
      for (int r = Math.max(top, 0); r < Math.min(bottom, h); r++) {
        for (int c = Math.max(left, 0); c < Math.min(right, w); c++) {
          best = Math.max(best, x[r * w + c]);
          sum += x[r * w + c];
        }
      }
      out[i] = max ? best : sum / size;
    }
    return out;
  }

  private static int count(int extent, int kernel, int stride, int pad) {
    int n = (int) Math.ceil((extent + 2 * pad - kernel) / (double) stride) + 1;
    return pad > 0 && (n - 1) * stride >= extent + pad ? n - 1 : n;
  }

  @Test
  void poolingHasTheWindowsOfCaffe() {
    Random random = new Random(1);
    for (int run = 0; run < 60; run++) {
      int h = 1 + random.nextInt(9);
      int w = 1 + random.nextInt(9);
      int kernel = 1 + random.nextInt(Math.min(h, w));
      int stride = 1 + random.nextInt(kernel);
      int pad = random.nextInt(kernel);
      boolean max = random.nextBoolean();
      Tensor x = random(run, 1, 1, h, w);
      String p =
          String.format(
              "pooling_param { pool: %s kernel_size: %d stride: %d pad: %d }",
              max ? "MAX" : "AVE", kernel, stride, pad);
      Tensor y = one(Net.layer("Pooling", p, shape(1, 1, h, w)), x);
      same(y, pooled(x.toDoubles(), h, w, kernel, stride, pad, max));
    }
  }

  @Test
  void poolingRoundsDownIfTold() {
    for (String floor : List.of("round_mode: FLOOR", "ceil_mode: false")) {
      String p = "pooling_param { kernel_size: 2 stride: 2 " + floor + " }";
      same(one(Net.layer("Pooling", p, shape(1, 1, 3, 3)), counting(1, 1, 3, 3)), 4);
    }
  }

  @Test
  void poolingOverEverythingAndByAxis() {
    Net global =
        Net.layer("Pooling", "pooling_param { pool: AVE global_pooling: true }", shape(1, 2, 2, 2));
    same(one(global, counting(1, 2, 2, 2)), 1.5, 5.5);
    Net wide =
        Net.layer(
            "Pooling",
            "pooling_param { kernel_h: 1 kernel_w: 2 stride_h: 1 stride_w: 2 }",
            shape(1, 1, 2, 4));
    same(one(wide, counting(1, 1, 2, 4)), 1, 3, 5, 7);
  }

  @Test
  void maximaKnowWhereTheyWere() {
    Net net =
        Net.of()
            .input(1, 1, 3, 4)
            .text("layer { name: 'l' type: 'Pooling' bottom: 'x' top: 'y' top: 'at'")
            .text("pooling_param { kernel_size: 2 stride: 2 } }")
            .text("layer { name: 'u' type: 'Upsample' bottom: 'y' bottom: 'at' top: 't'")
            .text("upsample_param { scale: 2 pad_out_h: true } }");
    Tensor x = floats(shape(1, 1, 3, 4), 5, 1, 2, 3, 4, 0, 9, 8, -1, -2, -3, -1);
    same(one(net, x), 5, 0, 0, 0, 0, 0, 9, 0, -1, 0, 0, -1);
  }

  @Test
  void pyramidsHoldAllLevels() {
    Net net = Net.layer("SPP", "spp_param { pyramid_height: 2 }", shape(1, 1, 3, 4));
    // The level of four bins has a kernel of 2 and one row of padding, which goes to both sides.
    same(one(net, counting(1, 1, 3, 4)), 11, 1, 3, 9, 11);
  }

  @Test
  void windowsBecomeChannels() {
    Net net =
        Net.layer("Im2col", "convolution_param { kernel_size: 2 dilation: 2 }", shape(1, 1, 3, 4));
    Tensor y = one(net, counting(1, 1, 3, 4));
    assertThat(y.shape().toArray()).containsExactly(1, 4, 1, 2);
    same(y, 0, 1, 2, 3, 8, 9, 10, 11);
  }

  @Test
  void convolutionsHaveGroupsDilationAndPads() {
    String p =
        "convolution_param { num_output: 2 group: 2 kernel_h: 1 kernel_w: 2 pad_h: 0 pad_w: 1"
            + " stride_h: 1 stride_w: 2 engine: CAFFE }";
    Net net =
        Net.layer("Convolution", p, shape(1, 2, 1, 4))
            .weights(floats(shape(2, 1, 1, 2), 1, 10, 100, 1000), floats(shape(2), 0.5, 0));
    same(one(net, counting(1, 2, 1, 4)), 0.5, 21.5, 3.5, 4000, 6500, 700);
    Net dilated =
        Net.layer(
                "Convolution",
                "convolution_param { num_output: 1 kernel_size: 2 dilation: 2 bias_term: false }",
                shape(1, 1, 5))
            .weights(floats(shape(1, 1, 2), 1, 10));
    same(one(dilated, counting(1, 1, 5)), 20, 31, 42);
    Net cube =
        Net.layer(
                "Convolution",
                "convolution_param { num_output: 1 kernel_size: 2 bias_term: false }",
                shape(1, 1, 2, 2, 2))
            .weights(counting(1, 1, 2, 2, 2));
    same(one(cube, counting(1, 1, 2, 2, 2)), 140);
  }

  @Test
  void depthwiseTypesHaveAGroupForEachChannel() {
    for (String type : List.of("ConvolutionDepthwise", "DepthwiseConvolution")) {
      Net net =
          Net.layer(
                  type,
                  "convolution_param { num_output: 2 kernel_size: 1 bias_term: false }",
                  shape(1, 2, 1, 2))
              .weights(floats(shape(2, 1, 1, 1), 2, 3));
      same(one(net, counting(1, 2, 1, 2)), 0, 2, 6, 9);
    }
  }

  @Test
  void deconvolutionsSpread() {
    Net net =
        Net.layer(
                "Deconvolution",
                "convolution_param { num_output: 1 kernel_size: 3 stride: 2 pad: 1 }",
                shape(1, 1, 1, 2))
            .weights(floats(shape(1, 1, 3, 3), 0, 0, 0, 1, 10, 100, 0, 0, 0), floats(shape(1), 1));
    same(one(net, floats(shape(1, 1, 1, 2), 1, 2)), 11, 103, 21);
  }

  @Test
  void localNormalisationOfBothKinds() {
    Tensor x = random(3, 1, 5, 4, 3);
    double[] v = x.toDoubles();
    double[] across = new double[v.length];
    double[] within = new double[v.length];
    double[] squares = Arrays.stream(v).map(a -> a * a).toArray();
    for (int i = 0; i < v.length; i++) {
      int c = i / 12;
      double sum = 0;
      for (int d = Math.max(0, c - 1); d <= Math.min(4, c + 1); d++) {
        sum += squares[d * 12 + i % 12];
      }
      across[i] = v[i] * Math.pow(2 + 0.5 / 3 * sum, -0.75);
      double[] plane = Arrays.copyOfRange(squares, c * 12, c * 12 + 12);
      within[i] = v[i] * Math.pow(1 + 0.5 * pooled(plane, 4, 3, 3, 1, 1, false)[i % 12], -0.75);
    }
    String p = "lrn_param { local_size: 3 alpha: 0.5 beta: 0.75 ";
    same(one(Net.layer("LRN", p + "k: 2 }", shape(1, 5, 4, 3)), x), across);
    same(one(Net.layer("LRN", p + "norm_region: WITHIN_CHANNEL }", shape(1, 5, 4, 3)), x), within);
  }

  @Test
  void whatDoesNotFitIsSaid() {
    Net net = Net.layer("Pooling", "pooling_param { kernel_size: 1 stride: 3 }", shape(1, 1, 5, 5));
    assertThatThrownBy(() -> net.load(folder))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("windows outside the picture");
    Net groups =
        Net.layer(
            "Convolution",
            "convolution_param { num_output: 3 kernel_size: 1 group: 2 }",
            shape(1, 2, 1, 1));
    assertThatThrownBy(() -> groups.load(folder))
        .hasMessage("net.prototxt: layer 'l' (Convolution): 2 groups of 2 channels to 3");
  }
}
