package dev.nncc.frontend.caffe;

import static dev.nncc.frontend.caffe.Net.counting;
import static dev.nncc.frontend.caffe.Net.floats;
import static dev.nncc.frontend.caffe.Net.shape;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nncc.graph.Tensor;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Normalisation by stored statistics and by those of the operand. */
class NormalisationLayersTest {
  @TempDir Path folder;

  private void gives(Net net, Tensor x, double... expected) {
    double[] values = net.run(folder, x).get(0).toDoubles();
    assertThat(values).hasSize(expected.length);
    for (int i = 0; i < expected.length; i++) {
      assertThat(values[i]).as("element %d", i).isCloseTo(expected[i], within(1e-5));
    }
  }

  @Test
  void storedStatisticsAreDividedByTheirFactor() {
    Tensor mean = floats(shape(2), 4, 8);
    Tensor variance = floats(shape(2), 16, 64);
    Net net =
        Net.layer("BatchNorm", "batch_norm_param { eps: 0 }", shape(1, 2, 1, 1))
            .weights(mean, variance, floats(shape(1), 4));
    gives(net, floats(shape(1, 2, 1, 1), 3, 10), 1, 2);
    Net none =
        Net.layer("BatchNorm", "batch_norm_param { eps: 4 }", shape(1, 2, 1, 1))
            .weights(mean, variance, floats(shape(1), 0));
    gives(none, floats(shape(1, 2, 1, 1), 3, 10), 1.5, 5);
    Net own =
        Net.layer(
            "BatchNorm", "batch_norm_param { use_global_stats: false eps: 0 }", shape(2, 1, 1, 1));
    gives(own, floats(shape(2, 1, 1, 1), 3, 5), -1, 1);
  }

  @Test
  void shiftsAndScalesOfSegNet() {
    Net two =
        Net.layer("BN", "bn_param { bn_mode: INFERENCE }", shape(1, 2, 1, 1))
            .weights(floats(shape(1, 2, 1, 1), 2, 3), floats(shape(1, 2, 1, 1), 10, 20));
    gives(two, floats(shape(1, 2, 1, 1), 1, 2), 12, 26);
    Net four =
        Net.layer("BN", "bn_param { eps: 0 }", shape(1, 1, 1, 1))
            .weights(
                floats(shape(1), 2),
                floats(shape(1), 10),
                floats(shape(1), 1),
                floats(shape(1), 4));
    gives(four, floats(shape(1, 1, 1, 1), 5), 14);
  }

  @Test
  void meansAndVariances() {
    Tensor x = floats(shape(1, 2, 1, 2), 1, 3, 10, 30);
    gives(Net.layer("MVN", "", shape(1, 2, 1, 2)), x, -1, 1, -1, 1);
    gives(
        Net.layer(
            "MVN",
            "mvn_param { normalize_variance: false across_channels: true }",
            shape(1, 2, 1, 2)),
        x,
        -10,
        -8,
        -1,
        19);
    // The epsilon is added to the deviation, not to the variance.
    gives(
        Net.layer("MVN", "mvn_param { eps: 1 }", shape(1, 2, 1, 2)),
        x,
        -0.5,
        0.5,
        -10 / 11.0,
        10 / 11.0);
  }

  @Test
  void lengthsOfVectors() {
    Tensor x = floats(shape(1, 2, 1, 2), 3, 0, 4, 2);
    Net each =
        Net.layer(
                "Normalize",
                "norm_param { across_spatial: false channel_shared: false }",
                shape(1, 2, 1, 2))
            .weights(floats(shape(2), 10, 20));
    gives(each, x, 6, 0, 16, 20);
    Net all =
        Net.layer(
            "Normalize",
            "norm_param { scale_filler { type: \"constant\" value: 2 } eps: 71 }",
            shape(1, 2, 1, 2));
    gives(all, x, 0.6, 0, 0.8, 0.4);
  }

  @Test
  void softmaxIsAlongItsAxis() {
    double a = 1 / (1 + Math.exp(2));
    double b = 1 / (1 + Math.E);
    gives(Net.layer("Softmax", "", shape(1, 2, 2)), counting(1, 2, 2), a, a, 1 - a, 1 - a);
    gives(
        Net.layer("Softmax", "softmax_param { axis: -1 engine: CUDNN }", shape(1, 2, 2)),
        counting(1, 2, 2),
        b,
        1 - b,
        b,
        1 - b);
  }
}
