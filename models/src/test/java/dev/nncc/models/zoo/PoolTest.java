package dev.nncc.models.zoo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PoolTest {
  @Test
  void floorDropsWhatIsLeftOver() {
    assertThat(Pool.of(3, 2).extent(112)).isEqualTo(55);
    assertThat(Pool.of(3, 2).pad(1).extent(112)).isEqualTo(56);
  }

  @Test
  void ceilingHangsOverTheEdge() {
    assertThat(Pool.of(3, 2).ceiling().extent(112)).isEqualTo(56);
    assertThat(Pool.of(3, 2).ceiling().extent(55)).isEqualTo(27);
  }

  /** Windows at 0, 2 and 4: the third would see right padding only. */
  @Test
  void noWindowStartsBehindTheImage() {
    assertThat(new Pool(1, 2, 0, true).extent(4)).isEqualTo(2);
  }
}
