package dev.nncc.compiler.report.draw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LayeredDrawingTest {
  private static int[] widths(int n) {
    int[] widths = new int[n];
    Arrays.fill(widths, 100);
    return widths;
  }

  /** A random graph like a network: each box reads boxes a little before it, some far before. */
  private static List<int[]> edges(int n, SplittableRandom random) {
    List<int[]> edges = new ArrayList<>();
    for (int i = 1; i < n; i++) {
      edges.add(new int[] {Math.max(0, i - 1 - random.nextInt(3)), i});
      if (random.nextInt(4) == 0) {
        edges.add(new int[] {random.nextInt(i), i});
      }
    }
    return edges;
  }

  @Test
  void boxesDoNotOverlapAndLinesGoDown() {
    for (int seed = 0; seed < 20; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int n = 2 + random.nextInt(120);
      int[] widths = new int[n];
      for (int i = 0; i < n; i++) {
        widths[i] = 60 + random.nextInt(200);
      }
      List<int[]> edges = edges(n, random);
      LayeredDrawing d = LayeredDrawing.of(widths, edges);
      for (int i = 0; i < n; i++) {
        assertThat(d.x()[i] - widths[i] / 2).isBetween(-1, d.width());
        assertThat(d.x()[i] + widths[i] / 2).isLessThanOrEqualTo(d.width() + 1);
        assertThat(d.y()[i] + LayeredDrawing.BOX).isLessThanOrEqualTo(d.height());
        for (int k = 0; k < i; k++) {
          boolean apart =
              d.y()[i] != d.y()[k]
                  || Math.abs(d.x()[i] - d.x()[k]) >= (widths[i] + widths[k]) / 2.0;
          assertThat(apart).as("boxes %d and %d of graph %d", k, i, seed).isTrue();
        }
      }
      for (int i = 0; i < edges.size(); i++) {
        int[] line = d.lines().get(i);
        int from = edges.get(i)[0];
        int to = edges.get(i)[1];
        assertThat(line[0]).isEqualTo(d.x()[from]);
        assertThat(line[1]).isEqualTo(d.y()[from] + LayeredDrawing.BOX);
        assertThat(line[line.length - 2]).isEqualTo(d.x()[to]);
        assertThat(line[line.length - 1]).isEqualTo(d.y()[to]);
        for (int p = 3; p < line.length; p += 2) {
          assertThat(line[p]).isGreaterThan(line[p - 2]);
        }
      }
    }
  }

  @Test
  void aChainIsStraightAndDiamondsAreSymmetric() {
    LayeredDrawing chain =
        LayeredDrawing.of(new int[] {80, 120, 60}, List.of(new int[] {0, 1}, new int[] {1, 2}));
    assertThat(chain.x()).containsOnly(chain.x()[0]);
    LayeredDrawing diamond =
        LayeredDrawing.of(
            widths(4),
            List.of(new int[] {0, 1}, new int[] {0, 2}, new int[] {1, 3}, new int[] {2, 3}));
    assertThat(diamond.x()[0]).isCloseTo(diamond.x()[3], within(2));
    assertThat(diamond.x()[1] + diamond.x()[2]).isCloseTo(2 * diamond.x()[0], within(2));
  }

  @Test
  void branchesThatNeedNotCrossDoNot() {
    // Two chains from one box, given in an order that mixes them up.
    List<int[]> edges = new ArrayList<>();
    for (int i = 1; i < 9; i++) {
      edges.add(new int[] {Math.max(0, i - 2), i});
      if (i == 1) {
        edges.add(new int[] {0, 2});
      }
    }
    Layers layers = new Layers(9, edges);
    assertThat(layers.crossings(layers.ordered(8))).isZero();
    List<List<Integer>> crossed = List.of(List.of(0), List.of(1, 2), List.of(4, 3));
    Layers small =
        new Layers(
            5, List.of(new int[] {0, 1}, new int[] {0, 2}, new int[] {1, 3}, new int[] {2, 4}));
    assertThat(small.crossings(crossed)).isEqualTo(1);
  }

  @Test
  void manyBoxesTakeSpaceInProportion() {
    for (int n : new int[] {2_000, 4_000}) {
      // Every box reads the first one too: the lines share their joints, long ones have none.
      List<int[]> edges = new ArrayList<>();
      for (int i = 1; i < n; i++) {
        edges.add(new int[] {i - 1, i});
        edges.add(new int[] {0, i});
      }
      Layers layers = new Layers(n, edges);
      assertThat(layers.layerOf.size()).isLessThan(n + Layers.LONGEST);
      LayeredDrawing d = LayeredDrawing.of(widths(n), edges);
      assertThat(d.lines().stream().mapToInt(l -> l.length).sum()).isLessThan(20 * n);
    }
  }

  @Test
  void nothingIsDrawnOfNothing() {
    LayeredDrawing d = LayeredDrawing.of(new int[0], List.of());
    assertThat(d.width()).isZero();
    assertThat(d.height()).isZero();
    assertThatThrownBy(() -> LayeredDrawing.of(widths(2), List.of(new int[] {1, 0})))
        .hasMessageContaining("line from 1 to 0");
  }

  @Test
  void wishesInTheWrongOrderMeetInTheMiddle() {
    assertThat(LayeredDrawing.nondecreasing(new double[] {0, 5, 3, 10}, new double[] {1, 1, 3, 1}))
        .containsExactly(0, 3.5, 3.5, 10);
  }
}
