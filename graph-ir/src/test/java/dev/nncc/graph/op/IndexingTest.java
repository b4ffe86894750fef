package dev.nncc.graph.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.graph.DType;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Op;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.List;
import org.junit.jupiter.api.Test;

class IndexingTest {
  private static long[] longs(Op op, Tensor... operands) {
    return op.evaluate(List.of(operands)).get(0).toLongs();
  }

  private static Tensor t(Shape shape, long... v) {
    return Tensor.ofLongs(shape, v);
  }

  private static final Tensor SIX = t(Shape.of(2, 3), 1, 2, 3, 4, 5, 6);

  @Test
  void gathersSlicesOfAnyAxis() {
    assertThat(longs(new Gather(1), SIX, t(Shape.of(2), 2, 0))).containsExactly(3, 1, 6, 4);
    assertThat(longs(new Gather(0), SIX, t(Shape.of(1, 2), -1, 0)))
        .containsExactly(4, 5, 6, 1, 2, 3);
    assertThat(longs(new Gather(1), SIX, t(Shape.SCALAR, 1))).containsExactly(2, 5);
    Tensor narrow = Tensor.of(TensorType.of(DType.I32, 1), new long[] {-3});
    assertThat(longs(new Gather(1), SIX, narrow)).containsExactly(1, 4);
  }

  @Test
  void indicesOutOfRangeAreNamed() {
    assertThatThrownBy(() -> longs(new Gather(1), SIX, t(Shape.of(1), 3)))
        .isInstanceOf(ModelException.class)
        .hasMessage("Gather: index 3 of 3");
    assertThatThrownBy(() -> longs(new Gather(0), SIX, t(Shape.of(1), -3)))
        .isInstanceOf(ModelException.class);
    assertThatThrownBy(() -> longs(new GatherNd(0), SIX, t(Shape.of(1, 2), 1, 3)))
        .isInstanceOf(ModelException.class);
  }

  @Test
  void gathersElementsAndTuples() {
    assertThat(longs(new GatherElements(1), SIX, t(Shape.of(2, 2), 0, 2, -1, 1)))
        .containsExactly(1, 3, 6, 5);
    assertThat(longs(new GatherElements(0), SIX, t(Shape.of(1, 3), 1, 0, 1)))
        .containsExactly(4, 2, 6);
    assertThat(longs(new GatherNd(0), SIX, t(Shape.of(2, 2), 0, 1, 1, -1))).containsExactly(2, 6);
    assertThat(longs(new GatherNd(0), SIX, t(Shape.of(1, 1), 1))).containsExactly(4, 5, 6);
    assertThat(longs(new GatherNd(1), SIX, t(Shape.of(2, 1), 2, 0))).containsExactly(3, 4);
    Tensor batches = t(Shape.of(2, 2, 1), 2, 0, 1, 1);
    assertThat(longs(new GatherNd(1), SIX, batches)).containsExactly(3, 1, 5, 5);
  }

  @Test
  void scattersOverwriteOrCombine() {
    Tensor at = t(Shape.of(2, 2), 0, 0, 1, -1);
    Tensor u = t(Shape.of(2, 2), 10, 20, 30, 40);
    assertThat(longs(new ScatterElements(1, ScatterKind.NONE), SIX, at, u))
        .containsExactly(20, 2, 3, 4, 30, 40);
    assertThat(longs(new ScatterElements(1, ScatterKind.ADD), SIX, at, u))
        .containsExactly(31, 2, 3, 4, 35, 46);
    assertThat(longs(new ScatterElements(1, ScatterKind.MUL), SIX, at, u))
        .containsExactly(200, 2, 3, 4, 150, 240);
    assertThat(longs(new ScatterElements(1, ScatterKind.MIN), SIX, at, u))
        .containsExactly(1, 2, 3, 4, 5, 6);
    Tensor rows = t(Shape.of(2, 1), 1, 1);
    Tensor slices = t(Shape.of(2, 3), 1, 1, 1, 9, 0, 9);
    assertThat(longs(new ScatterNd(ScatterKind.ADD), SIX, rows, slices))
        .containsExactly(1, 2, 3, 14, 6, 16);
    assertThat(longs(new ScatterNd(ScatterKind.MAX), SIX, rows, slices))
        .containsExactly(1, 2, 3, 9, 5, 9);
    assertThat(longs(new ScatterNd(ScatterKind.NONE), SIX, rows, slices))
        .containsExactly(1, 2, 3, 9, 0, 9);
  }

  @Test
  void oneIsHot() {
    Tensor values = t(Shape.of(2), 0, 5);
    Tensor indices = t(Shape.of(3), 1, -1, 7);
    assertThat(longs(new OneHot(1, 3), indices, values)).containsExactly(0, 5, 0, 0, 0, 5, 0, 0, 0);
    assertThat(longs(new OneHot(0, 3), indices, values)).containsExactly(0, 0, 0, 5, 0, 0, 0, 5, 0);
  }

  @Test
  void theBestComeFirst() {
    Tensor x = Tensor.ofFloats(Shape.of(2, 4), 1, 3, 3, 2, -0f, 0, -1, 5);
    List<Tensor> best = new TopK(1, 2, true).evaluate(List.of(x));
    assertThat(best.get(0).toDoubles()).containsExactly(3, 3, 5, -0.0);
    assertThat(best.get(1).toLongs()).containsExactly(1, 2, 3, 0);
    List<Tensor> least = new TopK(1, 3, false).evaluate(List.of(x));
    assertThat(least.get(1).toLongs()).containsExactly(0, 3, 1, 2, 0, 1);
    List<Tensor> columns = new TopK(0, 1, true).evaluate(List.of(x));
    assertThat(columns.get(1).toLongs()).containsExactly(0, 0, 0, 1);
    assertThatThrownBy(() -> new TopK(1, 5, true).infer(List.of(x.type())))
        .isInstanceOf(ModelException.class);
  }

  @Test
  void whatIsSuppressedItselfSuppressesNothing() {
    // 1 overlaps 0 and 2 overlaps 1: 1 goes, so 2 stays. 3 overlaps 0 but is in front of nobody. 4
    // is
    // no candidate, so what overlaps it, 5, stays. The upper triangle is not looked at.
    Tensor candidates = Tensor.of(TensorType.of(DType.BOOL, 6), new long[] {1, 1, 1, 1, 0, 1});
    long[] overlaps = {
      1, 1, 1, 1, 1, 1,
      1, 1, 1, 1, 1, 1,
      0, 1, 1, 1, 1, 1,
      1, 0, 0, 1, 1, 1,
      0, 0, 0, 0, 1, 1,
      0, 0, 0, 0, 1, 1
    };
    Tensor matrix = Tensor.of(TensorType.of(DType.BOOL, 6, 6), overlaps);
    Tensor stays = new Suppress().evaluate(List.of(candidates, matrix)).get(0);
    assertThat(stays.toLongs()).containsExactly(1, 0, 1, 0, 0, 1);
    assertThatThrownBy(() -> new Suppress().infer(List.of(matrix.type(), candidates.type())))
        .isInstanceOf(ModelException.class);
  }
}
