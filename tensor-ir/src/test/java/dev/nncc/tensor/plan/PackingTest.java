package dev.nncc.tensor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PackingTest {
  private static Place place(long lines, int first, int last) {
    return new Place(64 * lines, first, last, Optional.empty());
  }

  private static void valid(List<Place> places, Packing p) {
    for (int a = 0; a < places.size(); a++) {
      long end = p.offsets().get(a) + places.get(a).bytes();
      assertThat(p.offsets().get(a)).isNotNegative();
      assertThat(end).isLessThanOrEqualTo(p.bytes());
      for (int b = 0; b < a; b++) {
        boolean apart =
            end <= p.offsets().get(b)
                || p.offsets().get(b) + places.get(b).bytes() <= p.offsets().get(a);
        assertThat(apart || !places.get(a).meets(places.get(b))).as("%s, %s", a, b).isTrue();
      }
    }
    assertThat(p.bytes()).isGreaterThanOrEqualTo(Place.lowerBound(places));
  }

  @Test
  void placesThatMeetAreApartForAnyLives() {
    Random random = new Random(7);
    double worst = 1;
    for (int round = 0; round < 200; round++) {
      List<Place> places = new ArrayList<>();
      int n = 1 + random.nextInt(40);
      for (int i = 0; i < n; i++) {
        int first = random.nextInt(30);
        places.add(place(1 + random.nextInt(50), first, first + random.nextInt(8)));
      }
      Packing p = Packing.of(places);
      valid(places, p);
      assertThat(Packing.of(places)).isEqualTo(p);
      worst = Math.max(worst, (double) p.bytes() / Place.lowerBound(places));
    }
    // What the search reaches on noise, which is harder than any network.
    assertThat(worst).isLessThan(1.15);
  }

  @Test
  void aChainAlternatesBetweenBothEnds() {
    List<Place> places = new ArrayList<>();
    long[] sizes = {7, 3, 9, 2, 8, 8, 1, 5, 11, 4};
    for (int i = 0; i < sizes.length; i++) {
      places.add(place(sizes[i], i, i + 1));
    }
    Packing p = Packing.of(places);
    valid(places, p);
    assertThat(p.bytes()).isEqualTo(64 * 16);
    assertThat(Place.lowerBound(places)).isEqualTo(64 * 16);
  }

  @Test
  void noPlacesNeedNoMemory() {
    assertThat(Packing.of(List.of())).isEqualTo(new Packing(List.of(), 0));
  }

  @Test
  void placesWithBordersShareWithTheirLikeOnly() {
    Optional<String> g = Optional.of("g");
    List<Place> places =
        List.of(
            new Place(640, 0, 1, g),
            new Place(640, 1, 2, g),
            new Place(640, 2, 3, g),
            place(10, 3, 4),
            new Place(640, 4, 5, Optional.of("h")));
    Packing p = Slots.pack(places);
    valid(places, p);
    assertThat(p.offsets().get(2)).isEqualTo(p.offsets().get(0));
    assertThat(p.offsets().stream().distinct()).hasSize(4);
    assertThat(Borders.of(places, p.offsets()))
        .containsExactly(
            Borders.When.ONCE,
            Borders.When.ONCE,
            Borders.When.ONCE,
            Borders.When.NEVER,
            Borders.When.ONCE);
  }

  @Test
  void aBorderIsWrittenAgainWhereSomethingElseLay() {
    Optional<String> g = Optional.of("g");
    List<Place> places =
        List.of(
            new Place(640, 0, 1, g),
            new Place(640, 2, 3, g),
            place(10, 4, 5),
            new Place(640, 6, 7, g),
            new Place(640, 6, 7, g));
    // The first follows the last of another run, which may have ended in the middle.
    assertThat(Borders.of(places, List.of(0L, 0L, 0L, 0L, 640L)))
        .containsExactly(
            Borders.When.EACH_RUN,
            Borders.When.NEVER,
            Borders.When.NEVER,
            Borders.When.EACH_RUN,
            Borders.When.ONCE);
    // Half overlapped is overlapped.
    assertThat(Borders.of(places, List.of(0L, 0L, 320L, 0L, 1280L)).get(3))
        .isEqualTo(Borders.When.EACH_RUN);
    assertThat(Borders.of(places, List.of(0L, 0L, 640L, 0L, 1280L)).get(3))
        .isEqualTo(Borders.When.ONCE);
  }
}
