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
    assertThat(Tolerance.ofRecorded(4e-6).relativeL2()).isCloseTo(8e-5, within(1e-12));
  }

  @Test
  void noMoreThanAThousandthUnlessTheReferenceIsKnownNoBetter() {
    assertThat(Tolerance.ofRecorded(1.25e-4).relativeL2()).isEqualTo(1e-3);
    assertThat(Tolerance.ofRecorded(0.014).relativeL2()).isEqualTo(0.014);
  }

  @Test
  void factorsOfSixteenBitsCountAsTheirTypeDoes() {
    assertThat(Tolerance.DEFAULT.ofFactors(DType.F32)).isEqualTo(Tolerance.DEFAULT);
    assertThat(Tolerance.DEFAULT.ofFactors(DType.BF16).limit(DType.F32)).isEqualTo(0x1p-5);
    assertThat(Tolerance.DEFAULT.ofFactors(DType.F16).limit(DType.F32)).isEqualTo(0x1p-8);
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
