package dev.nncc.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class CompareTest {
  private static final float INF = Float.POSITIVE_INFINITY;

  private static Tensor t(float... v) {
    return Tensor.ofFloats(Shape.of(v.length), v);
  }

  @Test
  void isTheRatioOfNorms() {
    assertThat(Compare.relativeL2(t(3, 4.5f), t(3, 4))).isEqualTo(0.1);
    assertThat(Compare.relativeL2(t(), t())).isZero();
  }

  @Test
  void theLargestDifferenceIsMeasuredAgainstTheLargestElement() {
    assertThat(Compare.ofMaximum(t(3, -7.5f, 1), t(3, -7, 1.25f), 1)).isEqualTo(0.0625);
    assertThat(Compare.ofMaximum(t(0.5f), t(0), 2)).isEqualTo(0.25);
    assertThat(Compare.ofMaximum(t(), t(), 1)).isZero();
    assertThat(Compare.ofMaximum(t(Float.NaN, INF, 1), t(Float.NaN, INF, 1), 1)).isZero();
    assertThat(Compare.ofMaximum(t(Float.NaN, 1), t(1, 1), 1)).isInfinite();
  }

  @Test
  void sameNansAndInfinitiesAreNoDifference() {
    assertThat(Compare.relativeL2(t(Float.NaN, INF, 1), t(Float.NaN, INF, 1))).isZero();
    assertThat(Compare.relativeL2(t(Float.NaN, 1), t(1, 1))).isInfinite();
    assertThat(Compare.relativeL2(t(1, 1), t(Float.NaN, 1))).isInfinite();
    assertThat(Compare.relativeL2(t(INF), t(-INF))).isInfinite();
    assertThat(Compare.relativeL2(t(1e38f), t(INF))).isInfinite();
  }

  @Test
  void zerosAreComparedWithTheLeastNormalFloat() {
    assertThat(Compare.relativeL2(t(0), t(-0f))).isZero();
    assertThat(Compare.relativeL2(t(Float.MIN_VALUE), t(0))).isLessThan(1e-6);
    assertThat(Compare.relativeL2(t(1e-6f), t(0))).isGreaterThan(1);
  }

  @Test
  void doublesDoNotOverflow() {
    Tensor e = Tensor.of(TensorType.of(DType.F64, 2), new double[] {1e300, 1e300});
    Tensor a = Tensor.of(TensorType.of(DType.F64, 2), new double[] {1e300, 1.1e300});
    assertThat(Compare.relativeL2(a, e)).isBetween(0.07, 0.0708);
  }

  @Test
  void integersAndBoolsAreExact() {
    Tensor a = Tensor.ofLongs(Shape.of(2), 1, Long.MAX_VALUE);
    assertThat(Compare.relativeL2(a, Tensor.ofLongs(Shape.of(2), 1, Long.MAX_VALUE))).isZero();
    assertThat(Compare.relativeL2(a, Tensor.ofLongs(Shape.of(2), 1, Long.MAX_VALUE - 1)))
        .isInfinite();
  }

  @Test
  void otherTypesAreNotCompared() {
    assertThatThrownBy(() -> Compare.relativeL2(t(1), Tensor.ofLongs(Shape.of(1), 1)))
        .hasMessage("f32[1] compared with i64[1]");
  }

  @Test
  void theWorstElementIsNamed() {
    Tensor e = Tensor.ofFloats(Shape.of(2, 2), 1, 2, 3, 4);
    assertThat(Compare.worst(Tensor.ofFloats(Shape.of(2, 2), 1, 2.5f, 3, 4.25f), e))
        .isEqualTo("[0,1]: 2.5, expected 2.0");
    assertThat(Compare.worst(Tensor.ofFloats(Shape.of(2, 2), 1, 2.5f, Float.NaN, 4), e))
        .isEqualTo("[1,0]: NaN, expected 3.0");
  }
}
