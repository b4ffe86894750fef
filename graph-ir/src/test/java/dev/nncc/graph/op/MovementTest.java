package dev.nncc.graph.op;

import static dev.nncc.graph.op.Samples.l;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.nncc.graph.DType;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Op;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MovementTest {
  private static long[] longs(Op op, Tensor... operands) {
    return op.evaluate(List.of(operands)).get(0).toLongs();
  }

  private static Tensor t(Shape shape, long... v) {
    return Tensor.ofLongs(shape, v);
  }

  private static final Tensor SIX = t(Shape.of(2, 3), 1, 2, 3, 4, 5, 6);

  @ParameterizedTest
  @EnumSource(DType.class)
  void elementsOfAllWidthsMove(DType type) {
    Tensor x = Tensor.of(TensorType.of(type, 2, 3), new long[] {0, 1, 0, 1, 1, 0});
    assertThat(longs(new Transpose(List.of(1, 0)), x)).containsExactly(0, 1, 1, 1, 0, 0);
    assertThat(longs(new Slice(l(1, 2), l(1, 2), l(1, -1)), x)).containsExactly(0, 1);
    Pad pad = new Pad(l(0, 1), l(0, 0), PadMode.CONSTANT, 1);
    assertThat(longs(pad, x)).containsExactly(1, 0, 1, 0, 1, 1, 1, 0);
    assertThat(longs(new Concat(1), x, x)).containsExactly(0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 1, 0);
  }

  @Test
  void transposesOfThreeAxes() {
    Tensor x = t(Shape.of(2, 2, 2), 0, 1, 2, 3, 4, 5, 6, 7);
    assertThat(longs(new Transpose(List.of(2, 0, 1)), x)).containsExactly(0, 2, 4, 6, 1, 3, 5, 7);
    assertThat(longs(new Transpose(List.of(1, 0, 2)), x)).containsExactly(0, 1, 4, 5, 2, 3, 6, 7);
  }

  @Test
  void slicesTakeStepsInBothDirections() {
    assertThat(longs(new Slice(l(0, 0), l(2, 2), l(1, 2)), SIX)).containsExactly(1, 3, 4, 6);
    assertThat(longs(new Slice(l(1, 2), l(2, 3), l(-1, -1)), SIX))
        .containsExactly(6, 5, 4, 3, 2, 1);
    assertThat(longs(new Slice(l(0, 3), l(2, 0), l(1, 1)), SIX)).isEmpty();
    assertThatThrownBy(() -> new Slice(l(0, 1), l(2, 3), l(1, 1)).infer(List.of(SIX.type())))
        .hasMessage("Slice 1 + i * 1, i < 3, leaves axis 1 of i64[2,3]");
  }

  @Test
  void bordersRepeatWhatTheySay() {
    Tensor x = t(Shape.of(3), 1, 2, 3);
    assertThat(longs(new Pad(l(2), l(2), PadMode.CONSTANT, 9), x))
        .containsExactly(9, 9, 1, 2, 3, 9, 9);
    assertThat(longs(new Pad(l(2), l(2), PadMode.REFLECT, 0), x))
        .containsExactly(3, 2, 1, 2, 3, 2, 1);
    assertThat(longs(new Pad(l(2), l(1), PadMode.EDGE, 0), x)).containsExactly(1, 1, 1, 2, 3, 3);
    assertThat(longs(new Pad(l(4), l(1), PadMode.WRAP, 0), x))
        .containsExactly(3, 1, 2, 3, 1, 2, 3, 1);
    assertThat(longs(new Pad(l(1), l(1), PadMode.CONSTANT, 4), t(Shape.of(0))))
        .containsExactly(4, 4);
    assertThatThrownBy(
            () -> new Pad(l(1), l(0), PadMode.EDGE, 0).infer(List.of(TensorType.of(DType.F32, 0))))
        .isInstanceOf(ModelException.class);
  }

  @Test
  void piecesJoinRepeatAndSpread() {
    Tensor column = t(Shape.of(2, 1), 7, 8);
    assertThat(longs(new Concat(1), SIX, column)).containsExactly(1, 2, 3, 7, 4, 5, 6, 8);
    assertThat(longs(new Concat(0), SIX, SIX)).hasSize(12).startsWith(1, 2, 3).endsWith(4, 5, 6);
    assertThat(longs(new Tile(l(1, 2)), column)).containsExactly(7, 7, 8, 8);
    assertThat(longs(new Tile(l(2, 1)), column)).containsExactly(7, 8, 7, 8);
    assertThat(longs(new Expand(Shape.of(2, 2, 2)), column))
        .containsExactly(7, 7, 8, 8, 7, 7, 8, 8);
    assertThatThrownBy(() -> new Expand(Shape.of(2, 1)).infer(List.of(SIX.type())))
        .hasMessage("Expand of i64[2,3] to [2,1]");
    assertThatThrownBy(() -> new Reshape(Shape.of(4, 2)).infer(List.of(SIX.type())))
        .hasMessage("Reshape of i64[2,3] to [4,2]");
    assertThatThrownBy(() -> new Reshape(Shape.of(-2, -3))).isInstanceOf(ModelException.class);
  }

  private static double[] resize(
      ResizeMode mode, ResizeCoordinates c, ResizeRounding r, long size, double... x) {
    Resize op = new Resize(mode, l(size), List.of((double) size / x.length), c, r, -0.75, false);
    Tensor t = Tensor.of(TensorType.of(DType.F64, x.length), x);
    return op.evaluate(List.of(t)).get(0).toDoubles();
  }

  @Test
  void nearestNeighboursByCoordinateAndRounding() {
    ResizeMode mode = ResizeMode.NEAREST;
    assertThat(resize(mode, ResizeCoordinates.ASYMMETRIC, ResizeRounding.FLOOR, 4, 1, 2))
        .containsExactly(1, 1, 2, 2);
    assertThat(resize(mode, ResizeCoordinates.ASYMMETRIC, ResizeRounding.CEIL, 4, 1, 2))
        .containsExactly(1, 2, 2, 2);
    ResizeCoordinates half = ResizeCoordinates.HALF_PIXEL;
    assertThat(resize(mode, half, ResizeRounding.ROUND_PREFER_FLOOR, 2, 1, 2, 3, 4))
        .containsExactly(1, 3);
    assertThat(resize(mode, half, ResizeRounding.ROUND_PREFER_CEIL, 2, 1, 2, 3, 4))
        .containsExactly(2, 4);
  }

  @Test
  void linesBetweenNeighbours() {
    ResizeMode mode = ResizeMode.LINEAR;
    ResizeRounding any = ResizeRounding.FLOOR;
    assertThat(resize(mode, ResizeCoordinates.HALF_PIXEL, any, 4, 1, 3))
        .containsExactly(1, 1.5, 2.5, 3);
    assertThat(resize(mode, ResizeCoordinates.ALIGN_CORNERS, any, 5, 1, 3))
        .containsExactly(1, 1.5, 2, 2.5, 3);
    assertThat(resize(mode, ResizeCoordinates.ASYMMETRIC, any, 4, 1, 3))
        .containsExactly(1, 2, 3, 3);
    assertThat(resize(mode, ResizeCoordinates.PYTORCH_HALF_PIXEL, any, 1, 4, 1, 1))
        .containsExactly(4);
  }

  /** Keys' kernel reproduces straight lines away from the border only for a = -0.5. */
  @Test
  void cubicsReproduceStraightLines() {
    double[] x = {0, 1, 2, 3, 4, 5, 6, 7};
    Resize op =
        new Resize(
            ResizeMode.CUBIC,
            l(16),
            List.of(2.0),
            ResizeCoordinates.HALF_PIXEL,
            ResizeRounding.FLOOR,
            -0.5,
            false);
    double[] y = op.evaluate(List.of(Tensor.of(TensorType.of(DType.F64, 8), x))).get(0).toDoubles();
    for (int i = 4; i < 12; i++) {
      assertThat(y[i]).isCloseTo((i + 0.5) / 2 - 0.5, within(1e-12));
    }
  }

  @Test
  void axesAreResizedOneByOne() {
    Resize op =
        new Resize(
            ResizeMode.LINEAR,
            l(1, 1, 3, 3),
            List.of(1.0, 1.0, 1.5, 1.5),
            ResizeCoordinates.ALIGN_CORNERS,
            ResizeRounding.FLOOR,
            -0.75,
            false);
    Tensor x = Tensor.of(TensorType.of(DType.F64, 1, 1, 2, 2), new double[] {0, 2, 4, 6});
    assertThat(op.evaluate(List.of(x)).get(0).toDoubles())
        .containsExactly(0, 1, 2, 2, 3, 4, 4, 5, 6);
  }
}
