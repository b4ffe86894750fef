package dev.nncc.compiler.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import org.junit.jupiter.api.Test;

class ToleranceTest {
  private static final Tensor ONES = Tensor.ofFloats(Shape.of(4), 1, 1, 1, 1);

  @Test
  void anUnknownReferenceIsHeldToTheFloor() {
    assertThat(Tolerance.DEFAULT.limit(DType.F32)).isEqualTo(1e-5);
    assertThat(Tolerance.ofRecorded(0).limit(DType.F32)).isEqualTo(1e-5);
  }

  @Test
  void aReferenceThatWaversGetsTwentyTimesItsDifference() {
    assertThat(Tolerance.ofRecorded(4e-6).limit()).isCloseTo(8e-5, within(1e-12));
  }

  @Test
  void noMoreThanAThousandthUnlessTheReferenceIsKnownNoBetter() {
    assertThat(Tolerance.ofRecorded(1.25e-4).limit()).isEqualTo(1e-3);
    assertThat(Tolerance.ofRecorded(0.014).limit()).isEqualTo(0.014);
  }

  @Test
  void oneRunOfAnotherProgramIsKnownToTenThousandthsOfItsMaximum() {
    Tensor reference = Tensor.ofFloats(Shape.of(3), -2, 0, 1);
    double limit = 1e-4 * 2 + 1e-5;
    for (double share : new double[] {0.99, 1.01}) {
      Tensor actual = Tensor.ofFloats(Shape.of(3), -2, (float) (share * limit), 1);
      assertThat(Tolerance.OF_ONE_RUN.check("y", actual, reference).passed()).isEqualTo(share < 1);
    }
    assertThat(Tolerance.OF_ONE_RUN.ofFactors(DType.BF16).measure())
        .isEqualTo(Tolerance.Measure.OF_MAXIMUM);
  }

  @Test
  void factorsOfSixteenBitsCountAsTheirTypeDoes() {
    assertThat(Tolerance.DEFAULT.ofFactors(DType.F32)).isEqualTo(Tolerance.DEFAULT);
    assertThat(Tolerance.DEFAULT.ofFactors(DType.BF16).limit(DType.F32)).isEqualTo(0x1p-5);
    assertThat(Tolerance.DEFAULT.ofFactors(DType.F16).limit(DType.F32)).isEqualTo(0x1p-8);
  }

  @Test
  void saysWhatFactorsOfSixteenBitsMakeOfIt() {
    assertThat(Tolerance.DEFAULT.noteOfFactors(DType.F32)).isEmpty();
    assertThat(new Tolerance(0.5).noteOfFactors(DType.BF16)).isEmpty();
    assertThat(Tolerance.DEFAULT.noteOfFactors(DType.BF16))
        .hasValue("0.031 (factors of products are bf16: 8 units in the last place)");
  }

  @Test
  void integersAndBoolsAreExact() {
    Tolerance wide = new Tolerance(0.5);
    assertThat(wide.limit(DType.I64)).isZero();
    assertThat(wide.limit(DType.BOOL)).isZero();
    Tensor a = Tensor.ofLongs(Shape.of(2), 1000, 1);
    Tensor b = Tensor.ofLongs(Shape.of(2), 1000, 2);
    assertThat(wide.check("y", a, a).passed()).isTrue();
    assertThat(wide.check("y", a, b).passed()).isFalse();
  }

  @Test
  void theVerdictNamesTheWorstElement() {
    Tensor off = Tensor.ofFloats(Shape.of(4), 1, 1, 1.5f, 1);
    Tolerance.Verdict v = Tolerance.DEFAULT.check("y", off, ONES);
    assertThat(v.passed()).isFalse();
    assertThat(v.difference()).isEqualTo(0.25);
    assertThat(v.text()).isEqualTo("y: relative L2 0.25, above 1.0e-05; [2]: 1.5, expected 1.0");
  }

  @Test
  void anotherShapeIsNoAgreement() {
    Tolerance.Verdict v = new Tolerance(1).check("y", ONES.reshaped(Shape.of(2, 2)), ONES);
    assertThat(v.passed()).isFalse();
    assertThat(v.text()).isEqualTo("y is f32[2,2], expected f32[4]");
  }
}
