package dev.nncc.tensor.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.TensorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StorageTest {
  private static TensorType f32(long... extents) {
    return TensorType.of(DType.F32, extents);
  }

  /** The place of each element, in row-major order of the logical index. */
  private static List<Long> places(Storage s) {
    List<Long> at = new ArrayList<>(List.of(s.offset()));
    for (int d = 0; d < s.shape().size(); d++) {
      List<Long> next = new ArrayList<>();
      for (long base : at) {
        for (long i = 0; i < s.shape().get(d); i++) {
          next.add(base + i * s.strides().get(d));
        }
      }
      at = next;
    }
    return at;
  }

  @Test
  void headsAreCutOutOfASliceOfRows() {
    Storage part = Storage.rowMajor(f32(1, 8, 24)).slice(2, 8, 8, 1).orElseThrow();
    Storage heads = part.reshaped(f32(1, 8, 2, 4)).orElseThrow();
    assertThat(heads.strides().subList(1, 4)).containsExactly(24L, 4L, 1L);
    Storage first = heads.transposed(List.of(0, 2, 1, 3)).orElseThrow();
    assertThat(first.strides().subList(1, 4)).containsExactly(4L, 24L, 1L);
    assertThat(first.offset()).isEqualTo(8);
  }

  @Test
  void rowsWithGapsDoNotJoin() {
    Storage part = Storage.rowMajor(f32(2, 8, 24)).slice(2, 8, 8, 1).orElseThrow();
    assertThat(part.reshaped(f32(2, 64))).isEmpty();
    assertThat(part.reshaped(f32(16, 8))).isPresent();
    assertThat(part.reshaped(f32(16, 1, 2, 4))).isPresent();
  }

  @Test
  void bordersAndBlocksAreNotReshaped() {
    List<Long> one = List.of(0L, 0L, 1L);
    assertThat(Storage.make(f32(1, 4, 4), -1, one, one, 0).reshaped(f32(16))).isEmpty();
    assertThat(Storage.blocked(f32(1, 16, 4), 1).reshaped(f32(64))).isEmpty();
    assertThat(Storage.blocked(f32(1, 16, 4), 1).transposed(List.of(0, 2, 1))).isEmpty();
  }

  @Test
  void wholeBlocksOfOnePixelAreARow() {
    Storage row = Storage.blocked(f32(2, 32, 1, 1), 1).reshaped(f32(2, 32)).orElseThrow();
    assertThat(row.strides()).containsExactly(32L, 1L);
    assertThat(Storage.blocked(f32(2, 20, 1, 1), 1).reshaped(f32(2, 20))).isEmpty();
    assertThat(Storage.blocked(f32(2, 32, 2, 1), 1).reshaped(f32(2, 64))).isEmpty();
  }

  /** A view holds the same elements in the same order; what is compact can be reshaped at will. */
  @Test
  void aReshapedViewWalksTheSameElements() {
    Random random = new Random(5);
    int views = 0;
    for (int i = 0; i < 2000; i++) {
      Storage s = Storage.rowMajor(f32(shape(random, 24).toArray()));
      if (random.nextBoolean()) {
        List<Integer> perm = new ArrayList<>();
        for (int a = 0; a < s.shape().size(); a++) {
          perm.add(a);
        }
        Collections.shuffle(perm, random);
        s = s.transposed(perm).orElseThrow();
      }
      if (random.nextBoolean()) {
        int axis = random.nextInt(s.shape().size());
        long n = s.shape().get(axis);
        long size = 1 + random.nextInt((int) n);
        s = s.slice(axis, random.nextInt((int) (n - size + 1)), size, 1).orElseThrow();
      }
      long elements = s.shape().stream().reduce(1L, (a, b) -> a * b);
      Shape to = shape(random, elements);
      Optional<Storage> view = s.reshaped(new TensorType(DType.F32, to));
      if (s.isCompact()) {
        assertThat(view).as("%s to %s", s, to).isPresent();
      }
      if (view.isPresent()) {
        views++;
        assertThat(places(view.get())).as("%s to %s", s, to).isEqualTo(places(s));
      }
    }
    assertThat(views).isGreaterThan(500);
  }

  /** A shape with that many elements. */
  private static Shape shape(Random random, long elements) {
    List<Long> dims = new ArrayList<>();
    long rest = elements;
    while (rest > 1) {
      long d = 1 + random.nextInt((int) rest);
      if (rest % d == 0) {
        dims.add(d);
        rest /= d;
      }
    }
    dims.add(random.nextInt(dims.size() + 1), 1L);
    return Shape.of(dims.stream().mapToLong(d -> d).toArray());
  }
}
