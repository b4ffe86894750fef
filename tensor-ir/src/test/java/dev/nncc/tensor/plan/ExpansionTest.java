package dev.nncc.tensor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import dev.nncc.tensor.constant.AxesCombination;
import dev.nncc.tensor.constant.Combination;
import dev.nncc.tensor.constant.Packed;
import dev.nncc.tensor.winograd.ToomCook;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ExpansionTest {
  private static final long FILTERS = 4 * 4 * 3 * 3;

  /** In frequencies 16, 25 and 36 numbers for nine. */
  private static final Packed SMALL = filters(2);

  private static final Packed MIDDLE = filters(3);
  private static final Packed LARGE = filters(4);

  private static Tensor tensor(long... extents) {
    return new TensorBuilder(new TensorType(DType.F32, Shape.of(extents))).build();
  }

  private static Packed filters(int outputs) {
    ToomCook t = ToomCook.of(outputs, 3, 1);
    Combination c = AxesCombination.ofPairs(t.filters(), t.filters());
    Tensor source = tensor(4, 4, 3, 3);
    Packed plain = Packed.plain(source);
    List<Long> extents = new ArrayList<>(plain.extents());
    extents.set(2, (long) t.frequencies());
    extents.set(3, (long) t.frequencies());
    return new Packed(source, extents, plain.map(), plain.base(), Optional.of(c));
  }

  /** As many other numbers as so many layers' filters have. */
  private static Packed others(double layers) {
    return Packed.plain(tensor(Math.round(FILTERS * layers)));
  }

  private static double auto(Packed... constants) {
    return Expansion.AUTO.leastGrowthMade(List.of(constants), WeightTable.MOST_BYTES);
  }

  @Test
  void growthIsThatOverTheModelsWeights() {
    assertThat(Expansion.growth(SMALL)).isEqualTo(16 / 9.0);
    assertThat(Expansion.growth(MIDDLE)).isEqualTo(25 / 9.0);
    assertThat(Expansion.growth(LARGE)).isEqualTo(4);
    assertThat(Expansion.growth(others(1))).isZero();
  }

  /** 36 + 9n numbers for 9 + 9n. */
  @Test
  void allIsStoredWhileTheLibraryBecomesAtMostHalfAsLargeAgain() {
    assertThat(auto(LARGE, others(5))).isInfinite();
    assertThat(auto(LARGE, others(4.9))).isEqualTo(4);
    assertThat(auto()).isInfinite();
    assertThat(auto(others(1))).isInfinite();
  }

  @Test
  void whatGrowsMostIsMadeFirst() {
    assertThat(auto(LARGE, MIDDLE, SMALL, others(4))).isEqualTo(4);
    assertThat(auto(LARGE, MIDDLE, SMALL, others(1))).isEqualTo(25 / 9.0);
  }

  @Test
  void whatIsLessThanTwiceAsLargeIsStoredWhateverItMakesOfTheLibrary() {
    assertThat(auto(SMALL)).isInfinite();
    assertThat(auto(LARGE, SMALL, SMALL)).isEqualTo(4);
  }

  @Test
  void aLibraryHasRoomForSoMuch() {
    List<Packed> all = List.of(LARGE, others(10));
    long stored = LARGE.bytes() + others(10).bytes();
    assertThat(Expansion.AUTO.leastGrowthMade(all, stored)).isInfinite();
    assertThat(Expansion.AUTO.leastGrowthMade(all, stored - 1)).isEqualTo(4);
  }

  @Test
  void theOtherTwoLookAtNoSizes() {
    for (Packed p : List.of(SMALL, LARGE)) {
      assertThat(Expansion.LOAD.leastGrowthMade(List.of(p), 0)).isZero();
      assertThat(Expansion.COMPILE.leastGrowthMade(List.of(p), 0)).isInfinite();
    }
  }
}
