package dev.nncc.tensor.constant;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Packed bytes against what the definition of {@link Packed} says of each element. */
class PackerTest {
  private static Tensor numbers(DType dtype, long... extents) {
    TensorBuilder b = new TensorBuilder(new TensorType(dtype, Shape.of(extents)));
    for (long i = 0; i < Shape.of(extents).elements(); i++) {
      b.set(i, 1 + i % 120);
    }
    return b.build();
  }

  private static byte[] packed(Packed p) throws IOException {
    ByteBuffer out = ByteBuffer.allocate(Math.toIntExact(p.bytes()));
    Packer.write(p, out::put);
    assertThat(out.remaining()).isZero();
    return out.array();
  }

  /** Element by element. */
  private static byte[] expected(Packed p, Tensor source) {
    Shape shape = Shape.of(p.extents().stream().mapToLong(Long::longValue).toArray());
    TensorBuilder b = new TensorBuilder(new TensorType(source.dtype(), shape));
    long[] packedStrides = shape.strides();
    for (long n = 0; n < p.elements(); n++) {
      long index = 0;
      boolean inside = true;
      for (int a = 0; a < source.shape().rank(); a++) {
        long at = p.base().get(a);
        for (int k = 0; k < p.extents().size(); k++) {
          at += n / packedStrides[k] % p.extents().get(k) * p.map().get(k).get(a);
        }
        inside &= at >= 0 && at < source.shape().dim(a);
        index += at * source.shape().strides()[a];
      }
      b.set(n, inside ? source.reader().number(index) : 0);
    }
    ByteBuffer bytes = b.build().payload().bytes().order(ByteOrder.LITTLE_ENDIAN);
    byte[] out = new byte[bytes.remaining()];
    bytes.get(out);
    return out;
  }

  @Test
  void packsRandomAffineMaps() throws IOException {
    Random random = new Random(3);
    List<DType> types = List.of(DType.F64, DType.F32, DType.F16, DType.I8);
    for (int n = 0; n < 400; n++) {
      int rank = random.nextInt(4);
      long[] extents = random.longs(rank, 1, 7).toArray();
      Tensor source = numbers(types.get(n % 4), extents);
      List<Long> packedExtents = new ArrayList<>();
      List<List<Long>> map = new ArrayList<>();
      for (int k = random.nextInt(4); k > 0; k--) {
        packedExtents.add(1L + random.nextInt(6));
        map.add(random.longs(rank, -2, 3).boxed().toList());
      }
      List<Long> base = random.longs(rank, -3, 8).boxed().toList();
      Packed p = new Packed(source, packedExtents, map, base);
      assertThat(packed(p)).as(p.toString()).isEqualTo(expected(p, source));
    }
  }

  @Test
  void packsRowsLongerThanItsBuffer() throws IOException {
    Tensor source = numbers(DType.F32, 3, 30_000);
    for (List<Long> step : List.of(List.of(0L, 1L), List.of(0L, -1L), List.of(1L, 0L))) {
      List<Long> base = List.of(0L, step.get(1) < 0 ? 29_999L : 5L);
      Packed p = new Packed(source, List.of(40_000L), List.of(step), base);
      assertThat(packed(p)).isEqualTo(expected(p, source));
    }
  }

  /** Two elements of each slice become three; more slices than are taken at a time. */
  @Test
  void combinesBeforeItPacks() throws IOException {
    Tensor source = numbers(DType.F32, 20, 30, 2);
    AxesCombination c =
        new AxesCombination(
            1, List.of(3L), List.of(List.of(1.0, 0.5), List.of(0.0, 2.0), List.of(-1.0, 1.0)));
    TensorBuilder combined = new TensorBuilder(TensorType.of(DType.F32, 20, 30, 3));
    for (int s = 0; s < 600; s++) {
      for (int r = 0; r < 3; r++) {
        double first = source.reader().number(2L * s);
        double second = source.reader().number(2L * s + 1);
        combined.set(3L * s + r, first * c.rows().get(r).get(0) + second * c.rows().get(r).get(1));
      }
    }
    Packed p =
        new Packed(
            source,
            List.of(3L, 5L, 30L, 4L),
            List.of(
                List.of(0L, 0L, 1L), List.of(4L, 0L, 0L), List.of(0L, 1L, 0L), List.of(1L, 0L, 0L)),
            List.of(0L, 0L, 0L),
            Optional.of(c));
    assertThat(packed(p)).isEqualTo(expected(p, combined.build()));
  }

  /** Quarters of a matrix of odd extents: what the second halves lack is zero. */
  @Test
  void combinesQuarters() throws IOException {
    Tensor source = numbers(DType.F32, 5, 3);
    QuarterCombination c =
        new QuarterCombination(
            3, 2, List.of(List.of(1.0, 0.0, 0.0, -1.0), List.of(0.0, 0.5, 2.0, 0.0)));
    TensorBuilder combined = new TensorBuilder(TensorType.of(DType.F32, 6, 2));
    for (int r = 0; r < 3; r++) {
      for (int k = 0; k < 2; k++) {
        combined.set(2L * r + k, at(source, r, k) - at(source, r + 3, k + 2));
        combined.set(6L + 2L * r + k, 0.5 * at(source, r, k + 2) + 2 * at(source, r + 3, k));
      }
    }
    Packed p =
        new Packed(
            source,
            List.of(3L, 2L, 2L),
            List.of(List.of(1L, 0L), List.of(3L, 0L), List.of(0L, 1L)),
            List.of(0L, 0L),
            Optional.of(c));
    assertThat(packed(p)).isEqualTo(expected(p, combined.build()));
  }

  /** Quarters of quarters of 2x1 numbers; the matrix ends inside of the last ones. */
  @Test
  void combinesQuartersOfQuarters() throws IOException {
    Tensor source = numbers(DType.F32, 7, 4);
    List<List<Double>> rows = List.of(List.of(1.0, 0.0, 0.0, -1.0), List.of(0.0, 0.5, 2.0, 0.0));
    QuarterCombination c = QuarterCombination.of(2, 2, 1, rows);
    TensorBuilder combined = new TensorBuilder(TensorType.of(DType.F32, 8, 1));
    for (int k = 0; k < 4; k++) {
      for (int r = 0; r < 2; r++) {
        double sum = 0;
        for (int q = 0; q < 16; q++) {
          int outer = q / 4;
          int inner = q % 4;
          double factor = rows.get(k / 2).get(outer) * rows.get(k % 2).get(inner);
          sum += factor * at(source, outer / 2 * 4 + inner / 2 * 2 + r, outer % 2 * 2 + inner % 2);
        }
        combined.set(2L * k + r, sum);
      }
    }
    Packed p =
        new Packed(
            source,
            List.of(4L, 2L, 1L),
            List.of(List.of(2L, 0L), List.of(1L, 0L), List.of(0L, 1L)),
            List.of(0L, 0L),
            Optional.of(c));
    assertThat(packed(p)).isEqualTo(expected(p, combined.build()));
  }

  private static double at(Tensor t, int row, int column) {
    return row < t.shape().dim(0) && column < t.shape().dim(1)
        ? t.reader().number(row * t.shape().dim(1) + column)
        : 0;
  }
}
