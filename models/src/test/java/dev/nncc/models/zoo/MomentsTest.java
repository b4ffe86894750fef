package dev.nncc.models.zoo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class MomentsTest {
  /**
   * Half of a standard normal variable: mean 1 / sqrt(2 pi), mean square 1/2. The sum over 600
   * steps is off less.
   */
  @Test
  void reluOfANormalVariable() {
    Moments relu = Moments.STANDARD.map(x -> Math.max(x, 0));

    assertThat(relu.mean()).isCloseTo(1 / Math.sqrt(2 * Math.PI), within(1e-4));
    assertThat(relu.meanSquare()).isCloseTo(0.5, within(1e-4));
  }

  @Test
  void sumsAndProductsOfIndependentValues() {
    Moments a = Moments.of(1, 4);
    Moments b = Moments.of(-2, 1);

    assertThat(a.plus(b)).isEqualTo(Moments.of(-1, 5));
    assertThat(a.times(b)).isEqualTo(new Moments(-2, 25));
  }
}
