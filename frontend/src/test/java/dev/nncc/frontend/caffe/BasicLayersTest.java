package dev.nncc.frontend.caffe;

import static dev.nncc.frontend.caffe.Net.counting;
import static dev.nncc.frontend.caffe.Net.floats;
import static dev.nncc.frontend.caffe.Net.shape;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nncc.graph.Tensor;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Layers whose results can be written down. */
class BasicLayersTest {
  private static final double ROUNDING = 1e-6;

  @TempDir Path folder;

  private double[] one(Net net, Tensor... data) {
    return net.run(folder, data).get(0).toDoubles();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ReLU      |                                              | -2 | 0",
        "ReLU      | relu_param { negative_slope: 0.25 }          | -2 | -0.5",
        "ReLU6     |                                              | 7  | 6",
        "ELU       | elu_param { alpha: 2 }                       | -1 | -1.2642411176571153",
        "Sigmoid   |                                              | 1  | 0.7310585786300049",
        "TanH      |                                              | 1  | 0.7615941559557649",
        "AbsVal    |                                              | -3 | 3",
        "BNLL      |                                              | 1  | 1.3132616875182228",
        "Power     | power_param { power: 3 scale: 2 shift: 1 }   | 1.5| 64",
        "Power     | power_param { power: 2 shift: -1 }           | 4  | 9",
        "Power     | power_param { power: 0 }                     | 0  | 1",
        "Exp       | exp_param { base: 2 scale: 3 shift: 1 }      | 2  | 128",
        "Exp       |                                              | 1  | 2.718281828459045",
        "Log       | log_param { base: 10 scale: 4 shift: 60 }    | 10 | 2",
        "Log       |                                              | 1  | 0",
        "Threshold | threshold_param { threshold: 2 }             | 2  | 0",
        "Threshold | threshold_param { threshold: 2 }             | 2.5| 1",
        "Dropout   | dropout_param { dropout_ratio: 0.25 }        | 4  | 4",
        "Dropout   | dropout_param { dropout_ratio: 0.25 scale_train: false } | 4 | 3",
        "Clip      | clip_param { min: -1 max: 2 }                | 5  | 2",
        "Swish     | swish_param { beta: 2 }                      | 0.5| 0.36552928931500245"
      })
  void functionsOfOneElement(String type, String parameters, double x, double y) {
    String text = parameters == null ? "" : parameters;
    Net net = Net.layer(type, text, shape(1, 1, 1, 1));
    assertThat(one(net, floats(shape(1, 1, 1, 1), x))[0]).isCloseTo(y, within(ROUNDING));
  }

  @Test
  void preluHasSlopesOfChannelsOrOneForAll() {
    Net each = Net.layer("PReLU", "", shape(1, 2, 1, 2)).weights(floats(shape(2), 0.5, 0.25));
    assertThat(one(each, floats(shape(1, 2, 1, 2), -2, 2, -2, 2))).containsExactly(-1, 2, -0.5, 2);
    Net all =
        Net.layer("PReLU", "prelu_param { channel_shared: true }", shape(1, 2, 1, 1))
            .weights(floats(shape(1), 0.5));
    assertThat(one(all, floats(shape(1, 2, 1, 1), -2, -4))).containsExactly(-1, -2);
  }

  @Test
  void innerProductFlattensFromItsAxisOn() {
    Tensor w = floats(shape(2, 3), 1, 2, 3, 4, 5, 6);
    Tensor b = floats(shape(1, 1, 1, 2), 10, 20);
    Net net =
        Net.layer("InnerProduct", "inner_product_param { num_output: 2 axis: -2 }", shape(2, 3, 1));
    assertThat(one(net.weights(w, b), counting(2, 3, 1))).containsExactly(18, 37, 36, 82);
    Net turned =
        Net.layer(
            "InnerProduct",
            "inner_product_param { num_output: 2 transpose: true bias_term: false }",
            shape(1, 3));
    assertThat(one(turned.weights(floats(shape(3, 2), 1, 4, 2, 5, 3, 6)), counting(1, 3)))
        .containsExactly(8, 17);
  }

  @Test
  void embedTakesRows() {
    Net net =
        Net.layer("Embed", "embed_param { num_output: 2 input_dim: 3 }", shape(2, 1))
            .weights(floats(shape(3, 2), 0, 1, 10, 11, 20, 21), floats(shape(2), 0.5, 0));
    Tensor y = net.run(folder, floats(shape(2, 1), 2, 0)).get(0);
    assertThat(y.shape().toArray()).containsExactly(2, 1, 2);
    assertThat(y.toDoubles()).containsExactly(20.5, 21, 0.5, 1);
  }

  @Test
  void scaleAndBiasCoverAxes() {
    Net learned =
        Net.layer("Scale", "scale_param { axis: 1 num_axes: 2 bias_term: true }", shape(1, 1, 2, 2))
            .weights(floats(shape(1, 2), 2, 3), floats(shape(1, 2), 10, 20));
    assertThat(one(learned, counting(1, 1, 2, 2))).containsExactly(10, 12, 26, 29);
    Net given = Net.layer("Scale", "scale_param { axis: 0 }", shape(2, 2), shape(2));
    assertThat(one(given, counting(2, 2), floats(shape(2), 1, 10))).containsExactly(0, 1, 20, 30);
    Net scalar = Net.layer("Scale", "scale_param { axis: 1 }", shape(2, 2), shape());
    assertThat(one(scalar, counting(2, 2), floats(shape(), 3))).containsExactly(0, 3, 6, 9);
    Net bias = Net.layer("Bias", "bias_param { axis: -1 }", shape(2, 2), shape(2));
    assertThat(one(bias, counting(2, 2), floats(shape(2), 1, 10))).containsExactly(1, 11, 3, 13);
    Net filled =
        Net.layer(
            "Scale",
            "scale_param { filler { value: 5 } bias_term: true bias_filler {} }",
            shape(1, 2));
    assertThat(one(filled, counting(1, 2))).containsExactly(0, 5);
  }

  @Test
  void eltwiseHasCoefficients() {
    Net sum =
        Net.layer(
            "Eltwise",
            "eltwise_param { coeff: 2 coeff: -1 coeff: 0.5 }",
            shape(2),
            shape(2),
            shape(2));
    Tensor a = floats(shape(2), 1, 2);
    Tensor b = floats(shape(2), 3, 5);
    Tensor c = floats(shape(2), 4, 8);
    assertThat(one(sum, a, b, c)).containsExactly(1, 3);
    Net product = Net.layer("Eltwise", "eltwise_param { operation: PROD }", shape(2), shape(2));
    assertThat(one(product, a, b)).containsExactly(3, 10);
    Net most = Net.layer("Eltwise", "eltwise_param { operation: MAX }", shape(2), shape(2));
    assertThat(one(most, a, floats(shape(2), 0, 9))).containsExactly(1, 9);
    Net axpy = Net.layer("Axpy", "", shape(1, 2), shape(1, 2, 1, 2), shape(1, 2, 1, 2));
    Tensor x = counting(1, 2, 1, 2);
    assertThat(one(axpy, floats(shape(1, 2), 10, 100), x, x)).containsExactly(0, 11, 202, 303);
  }

  @Test
  void elementsMove() {
    Tensor x = counting(1, 4, 1, 2);
    Net reshape =
        Net.layer(
            "Reshape", "reshape_param { shape { dim: 0 dim: -1 dim: 4 } }", shape(1, 4, 1, 2));
    assertThat(reshape.run(folder, x).get(0).shape().toArray()).containsExactly(1, 2, 4);
    Net middle =
        Net.layer(
            "Reshape",
            "reshape_param { axis: 1 num_axes: 2 shape { dim: 2 dim: -1 } }",
            shape(1, 4, 1, 2));
    assertThat(middle.run(folder, x).get(0).shape().toArray()).containsExactly(1, 2, 2, 2);
    Net put =
        Net.layer(
            "Reshape", "reshape_param { axis: -1 num_axes: 0 shape { dim: 1 } }", shape(2, 3));
    assertThat(put.run(folder, counting(2, 3)).get(0).shape().toArray()).containsExactly(2, 3, 1);
    Net flat = Net.layer("Flatten", "flatten_param { axis: 1 end_axis: 2 }", shape(1, 4, 1, 2));
    assertThat(flat.run(folder, x).get(0).shape().toArray()).containsExactly(1, 4, 2);
    Net permuted = Net.layer("Permute", "permute_param { order: 0 order: 3 }", shape(1, 4, 1, 2));
    assertThat(one(permuted, x)).containsExactly(0, 2, 4, 6, 1, 3, 5, 7);
    Net shuffled =
        Net.layer("ShuffleChannel", "shuffle_channel_param { group: 2 }", shape(1, 4, 1, 2));
    assertThat(one(shuffled, x)).containsExactly(0, 1, 4, 5, 2, 3, 6, 7);
    Net tile = Net.layer("Tile", "tile_param { axis: 2 tiles: 2 }", shape(1, 1, 1, 2));
    assertThat(one(tile, counting(1, 1, 1, 2))).containsExactly(0, 1, 0, 1);
    Net crop =
        Net.layer(
            "Crop",
            "crop_param { axis: 2 offset: 1 offset: 0 }",
            shape(1, 1, 3, 3),
            shape(1, 1, 2, 2));
    assertThat(one(crop, counting(1, 1, 3, 3), counting(1, 1, 2, 2))).containsExactly(3, 4, 6, 7);
    Net rows = Net.layer("BatchReindex", "", shape(3, 2), shape(2));
    assertThat(one(rows, counting(3, 2), floats(shape(2), 2, 0))).containsExactly(4, 5, 0, 1);
  }

  @Test
  void partsAndWholes() {
    Net sliced =
        Net.of()
            .input(1, 6)
            .text("layer { name: 'l' type: 'Slice' bottom: 'x' top: 'a' top: 'b' top: 'c'")
            .text("slice_param { slice_point: 1 slice_point: 3 } }")
            .text("layer { name: 's' type: 'Split' bottom: 'b' top: 'd' top: 'e' }")
            .text("layer { name: 'q' type: 'Silence' bottom: 'a' }")
            .text("layer { name: 'j' type: 'Concat' bottom: 'c' bottom: 'd' top: 'j'")
            .text("concat_param { concat_dim: 1 } }");
    List<Tensor> out = sliced.run(folder, counting(1, 6));
    assertThat(sliced.load(folder).graph().outputNames()).containsExactly("e", "j");
    assertThat(out.get(0).toDoubles()).containsExactly(1, 2);
    assertThat(out.get(1).toDoubles()).containsExactly(3, 4, 5, 1, 2);
    Net halves =
        Net.of()
            .input(2, 2)
            .text("layer { name: 'l' type: 'Slice' bottom: 'x' top: 'a' top: 'b' }");
    assertThat(halves.run(folder, counting(2, 2)).get(1).toDoubles()).containsExactly(1, 3);
  }

  @Test
  void reductionsAndPlaces() {
    Tensor x = floats(shape(2, 3), 1, -4, 2, 3, 3, -1);
    String p = "reduction_param { axis: 1 coeff: 2 operation: ";
    assertThat(one(Net.layer("Reduction", p + "SUM }", shape(2, 3)), x)).containsExactly(-2, 10);
    assertThat(one(Net.layer("Reduction", p + "ASUM }", shape(2, 3)), x)).containsExactly(14, 14);
    assertThat(one(Net.layer("Reduction", p + "SUMSQ }", shape(2, 3)), x)).containsExactly(42, 38);
    assertThat(
            one(Net.layer("Reduction", "reduction_param { operation: MEAN }", shape(2, 3)), x)[0])
        .isCloseTo(4 / 6.0, within(ROUNDING));
    Net places = Net.layer("ArgMax", "", shape(2, 3));
    assertThat(places.run(folder, x).get(0).shape().toArray()).containsExactly(2, 1, 1);
    // Of equal elements the last one, as the sort of pairs in Caffe has it.
    assertThat(one(places, x)).containsExactly(2, 1);
    Net both = Net.layer("ArgMax", "argmax_param { out_max_val: true top_k: 2 }", shape(2, 3));
    assertThat(one(both, x)).containsExactly(2, 0, 2, 1, 1, 0, 3, 3);
    Net along = Net.layer("ArgMax", "argmax_param { axis: 0 }", shape(2, 3));
    assertThat(one(along, x)).containsExactly(1, 1, 0);
    Net values = Net.layer("ArgMax", "argmax_param { axis: 0 out_max_val: true }", shape(2, 3));
    assertThat(one(values, x)).containsExactly(3, 3, 2);
  }
}
