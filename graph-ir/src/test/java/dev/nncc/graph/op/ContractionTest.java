package dev.nncc.graph.op;

import static dev.nncc.graph.op.Samples.l;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.graph.Compare;
import dev.nncc.graph.DType;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Seed;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ContractionTest {
  private static final Conv PLAIN = new Conv(l(1), l(0), l(0), l(1), 1);

  private static Tensor one(dev.nncc.graph.Op op, Tensor... operands) {
    return op.evaluate(List.of(operands)).get(0);
  }

  private static Tensor row(double... v) {
    return Tensor.of(TensorType.of(DType.F32, 1, 1, v.length), v);
  }

  @Test
  void convolutionByHand() {
    Tensor x = row(1, 2, 3, 4);
    Tensor w = row(1, 10);
    assertThat(one(PLAIN, x, w).toDoubles()).containsExactly(21, 32, 43);
    assertThat(one(new Conv(l(2), l(1), l(1), l(1), 1), x, w).toDoubles())
        .containsExactly(10, 32, 4);
    assertThat(one(new Conv(l(1), l(0), l(0), l(3), 1), x, w).toDoubles()).containsExactly(41);
    Tensor bias = Tensor.ofFloats(Shape.of(1), 0.5f);
    assertThat(one(PLAIN, x, w, bias).toDoubles()).containsExactly(21.5, 32.5, 43.5);
  }

  @Test
  void transposedConvolutionByHand() {
    Tensor x = row(1, 2);
    Tensor w = row(1, 10, 100);
    assertThat(one(new ConvTranspose(l(2), l(0), l(0), l(1), l(0), 1), x, w).toDoubles())
        .containsExactly(1, 10, 102, 20, 200);
    assertThat(one(new ConvTranspose(l(2), l(1), l(1), l(1), l(1), 1), x, w).toDoubles())
        .containsExactly(10, 102, 20, 200);
  }

  @Test
  void groupsSeeTheirChannelsOnly() {
    Tensor x = Tensor.ofFloats(Shape.of(1, 2, 1), 3, 5);
    Tensor w = Tensor.ofFloats(Shape.of(4, 1, 1), 1, 2, 10, 20);
    assertThat(one(new Conv(l(1), l(0), l(0), l(1), 2), x, w).toDoubles())
        .containsExactly(3, 6, 50, 100);
    Tensor back = Tensor.ofFloats(Shape.of(2, 2, 1), 1, 2, 10, 20);
    assertThat(one(new ConvTranspose(l(1), l(0), l(0), l(1), l(0), 2), x, back).toDoubles())
        .containsExactly(3, 6, 50, 100);
  }

  @Test
  void integersAreExactBeyondDoubles() {
    Tensor x = Tensor.ofLongs(Shape.of(1, 2), (1L << 53) + 1, 1);
    Tensor y = Tensor.ofLongs(Shape.of(2, 1), 1, 2);
    assertThat(one(new MatMul(false, false), x, y).toLongs()).containsExactly((1L << 53) + 3);
    Tensor cx = Tensor.ofLongs(Shape.of(1, 1, 2), (1L << 53) + 1, 1);
    Tensor cw = Tensor.ofLongs(Shape.of(1, 1, 2), 1, 2);
    assertThat(one(PLAIN, cx, cw).toLongs()).containsExactly((1L << 53) + 3);
  }

  @Test
  void productsTransposeAndBroadcast() {
    Tensor a = Tensor.ofFloats(Shape.of(2, 2), 1, 2, 3, 4);
    Tensor b = Tensor.ofFloats(Shape.of(2, 2), 5, 6, 7, 8);
    assertThat(one(new MatMul(false, false), a, b).toDoubles()).containsExactly(19, 22, 43, 50);
    assertThat(one(new MatMul(true, false), a, b).toDoubles()).containsExactly(26, 30, 38, 44);
    assertThat(one(new MatMul(false, true), a, b).toDoubles()).containsExactly(17, 23, 39, 53);
    Tensor batch = Tensor.ofFloats(Shape.of(3, 1, 1, 2), 1, 0, 0, 1, 1, 1);
    Tensor two = Tensor.ofFloats(Shape.of(2, 2, 1), 1, 2, 3, 4);
    assertThat(one(new MatMul(false, false), batch, two).toDoubles())
        .containsExactly(1, 3, 2, 4, 3, 7);
  }

  /** More rows of the second operand than are read at a time. */
  @Test
  void longInnerExtentsAreSummedWhole() {
    int k = 200;
    Tensor ones = Tensor.filled(TensorType.of(DType.F32, 3, k), 1);
    Tensor b = Tensor.filled(TensorType.of(DType.F32, k, 2), 2);
    assertThat(one(new MatMul(false, false), ones, b).toDoubles()).containsOnly(400);
    Tensor c = Tensor.filled(TensorType.of(DType.F32, k, k), 2);
    assertThat(one(new MatMul(false, true), ones, c).toDoubles()).hasSize(600).containsOnly(400);
  }

  /** The definition, element by element, in as many axes as there are. */
  @Property(tries = 60, seed = "7")
  void convolutionIsItsDefinition(
      @ForAll @IntRange(min = 1, max = 3) int rank,
      @ForAll @IntRange(min = 1, max = 3) int stride,
      @ForAll @IntRange(max = 2) int pad,
      @ForAll @IntRange(min = 1, max = 2) int dilation,
      @ForAll @IntRange(min = 1, max = 2) int groups,
      @ForAll long seed) {
    List<Long> extents = new ArrayList<>();
    List<Long> kernel = new ArrayList<>();
    for (int i = 0; i < rank; i++) {
      extents.add(4L + Math.floorMod(seed >>> 8 * i, 3));
      kernel.add(1L + Math.floorMod(seed >>> 8 * i + 4, 3));
    }
    Conv op =
        new Conv(fill(rank, stride), fill(rank, pad), fill(rank, 1), fill(rank, dilation), groups);
    Tensor x = Seed.of(seed).tensor(shape(2, 2L * groups, extents));
    Tensor w = Seed.of(seed + 1).tensor(shape(3L * groups, 2, kernel));
    Tensor y = one(op, x, w);
    double[] expected = new double[(int) y.elements()];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = element(op, x, w, index(i, y.shape()));
    }
    assertThat(Compare.relativeL2(y, Tensor.of(y.type(), expected))).isLessThan(1e-7);
    ConvTranspose back =
        new ConvTranspose(
            op.strides(),
            op.padsBegin(),
            op.padsEnd(),
            op.dilations(),
            remainder(op, x, w),
            groups);
    // <conv(x), y> = <x, transposed(y)>: the one is the other's adjoint.
    Tensor adjoint = one(back, y, w);
    assertThat(adjoint.shape()).isEqualTo(x.shape());
    assertThat(dot(x, adjoint))
        .isCloseTo(dot(y, y), org.assertj.core.data.Percentage.withPercentage(1e-4));
  }

  private static List<Long> remainder(Conv op, Tensor x, Tensor w) {
    List<Long> rest = new ArrayList<>();
    for (int i = 0; i < op.strides().size(); i++) {
      long reach = op.dilations().get(i) * (w.shape().dim(i + 2) - 1) + 1;
      long room = x.shape().dim(i + 2) + op.padsBegin().get(i) + op.padsEnd().get(i) - reach;
      rest.add(room % op.strides().get(i));
    }
    return rest;
  }

  private static double dot(Tensor a, Tensor b) {
    double[] x = a.toDoubles();
    double[] y = b.toDoubles();
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    return sum;
  }

  private static double element(Conv op, Tensor x, Tensor w, long[] at) {
    int ins = (int) w.shape().dim(1);
    long perGroup = w.shape().dim(0) / op.groups();
    double sum = 0;
    for (int k = 0; k < w.elements() / w.shape().dim(0); k++) {
      long[] tap = index((int) (at[1] * (w.elements() / w.shape().dim(0)) + k), w.shape());
      long[] from = at.clone();
      from[1] = at[1] / perGroup * ins + tap[1];
      boolean inside = true;
      for (int i = 2; i < at.length; i++) {
        from[i] =
            at[i] * op.strides().get(i - 2)
                + tap[i] * op.dilations().get(i - 2)
                - op.padsBegin().get(i - 2);
        inside &= from[i] >= 0 && from[i] < x.shape().dim(i);
      }
      sum +=
          inside
              ? x.reader().number(linear(from, x.shape()))
                  * w.reader().number(linear(tap, w.shape()))
              : 0;
    }
    return sum;
  }

  private static long[] index(int linear, Shape s) {
    long[] at = new long[s.rank()];
    long rest = linear;
    for (int i = s.rank() - 1; i >= 0; i--) {
      at[i] = rest % s.dim(i);
      rest /= s.dim(i);
    }
    return at;
  }

  private static long linear(long[] at, Shape s) {
    long sum = 0;
    for (int i = 0; i < at.length; i++) {
      sum = sum * s.dim(i) + at[i];
    }
    return sum;
  }

  private static List<Long> fill(int n, long v) {
    return java.util.Collections.nCopies(n, v);
  }

  private static TensorType shape(long a, long b, List<Long> rest) {
    List<Long> all = new ArrayList<>(List.of(a, b));
    all.addAll(rest);
    return new TensorType(DType.F32, Shape.of(all));
  }

  @Test
  void shapesThatDoNotFitAreRefused() {
    TensorType x = TensorType.of(DType.F32, 1, 3, 4);
    assertThatThrownBy(() -> PLAIN.infer(List.of(x, TensorType.of(DType.F32, 2, 2, 1))))
        .isInstanceOf(ModelException.class);
    assertThatThrownBy(() -> PLAIN.infer(List.of(x, TensorType.of(DType.F32, 2, 3, 5))))
        .hasMessage("Conv: kernel of extent 5 does not fit spatial axis 0");
    assertThatThrownBy(() -> PLAIN.infer(List.of(x, TensorType.of(DType.F16, 2, 3, 1))))
        .isInstanceOf(ModelException.class);
    assertThatThrownBy(
            () ->
                new MatMul(true, false)
                    .infer(List.of(TensorType.of(DType.F32, 2, 3), TensorType.of(DType.F32, 3, 4))))
        .hasMessage("MatMul of f32[2,3] transposed and f32[3,4]: the inner extents differ");
    assertThatThrownBy(() -> new Conv(l(0), l(0), l(0), l(1), 1))
        .hasMessage("strides: 0 is less than 1 in [0]");
  }
}
