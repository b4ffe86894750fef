package dev.nncc.graph.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.graph.DType;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ElementwiseTest {
  private static final double INF = Double.POSITIVE_INFINITY;

  private static double f64(ElementwiseKind kind, double[] params, double... operands) {
    List<Tensor> tensors =
        Arrays.stream(operands)
            .mapToObj(v -> Tensor.of(TensorType.of(DType.F64), new double[] {v}))
            .toList();
    return Elementwise.of(kind, params).evaluate(tensors).get(0).toDoubles()[0];
  }

  private static double f64(ElementwiseKind kind, double... operands) {
    return f64(kind, new double[0], operands);
  }

  private static long integer(ElementwiseKind kind, DType type, long... operands) {
    List<Tensor> tensors =
        Arrays.stream(operands)
            .mapToObj(v -> Tensor.of(TensorType.of(type), new long[] {v}))
            .toList();
    return Elementwise.of(kind).evaluate(tensors).get(0).toLongs()[0];
  }

  /** Values from tables of these functions, to the last digits of a double. */
  @ParameterizedTest
  @CsvSource({
    "ERF, 0.5, 0.5204998778130465",
    "ERF, -1, -0.8427007929497149",
    "ERF, 2.5, 0.999593047982555",
    "ERF, 3.5, 0.9999992569016276",
    "ERF, 1e-10, 1.1283791670955126e-10",
    "ERF, 7, 1",
    "ASINH, 1, 0.881373587019543",
    "ASINH, -1e-9, -1e-9",
    "ASINH, 1e300, 691.4686750787736",
    "ACOSH, 2, 1.3169578969248166",
    "ACOSH, 1, 0",
    "ATANH, 0.5, 0.5493061443340548",
    "SIGMOID, -2, 0.11920292202211755",
    "SIGMOID, -800, 0",
    "GELU, 1, 0.8413447460685429",
    "GELU, -3, -0.00404969409489031",
    "GELU_TANH, 1, 0.8411919906082768",
    "MISH, 1, 0.8650983882673103",
    "MISH, -2, -0.2525014826957089",
    "MISH, 100, 100",
    "SOFTPLUS, 1, 1.3132616875182228",
    "SOFTPLUS, 800, 800",
    "SILU, 1, 0.7310585786300049",
    "HARD_SWISH, 1, 0.6666666666666666",
    "HARD_SWISH, -4, 0",
    "SOFTSIGN, -3, -0.75",
    "ROUND, 2.5, 2",
    "ROUND, -3.5, -4",
  })
  void knownValues(ElementwiseKind kind, double x, double expected) {
    // A few units in the last place of the result, or of the argument where the meaning cancels.
    double bound = Math.max(Math.abs(expected) * 0x1p-48, Math.abs(x) * 0x1p-52);
    assertThat(f64(kind, x)).isCloseTo(expected, Offset.offset(bound));
  }

  @Test
  void swishScalesWhatItsGateSees() {
    assertThat(f64(ElementwiseKind.SWISH, new double[] {1.702}, 1))
        .isCloseTo(0.8457957659328212, Offset.offset(0x1p-50));
    assertThat(f64(ElementwiseKind.SWISH, new double[] {1.702}, -2))
        .isCloseTo(-0.06434137685579186, Offset.offset(0x1p-50));
    assertThat(f64(ElementwiseKind.SWISH, new double[] {1.702}, Double.NaN)).isNaN();
  }

  @ParameterizedTest
  @EnumSource(
      value = ElementwiseKind.class,
      names = {
        "IDENTITY",
        "NEG",
        "ABS",
        "SQRT",
        "EXP",
        "LOG",
        "SIN",
        "TANH",
        "ERF",
        "FLOOR",
        "CEIL",
        "ROUND",
        "SIGN",
        "RECIPROCAL",
        "RELU",
        "HARD_SWISH",
        "SOFTPLUS",
        "SOFTSIGN",
        "MISH",
        "GELU",
        "GELU_TANH",
        "SILU",
        "SIGMOID",
        "ASINH",
        "ACOSH",
        "ATANH"
      })
  void nanStaysNan(ElementwiseKind kind) {
    assertThat(f64(kind, Double.NaN)).isNaN();
  }

  @Test
  void nanGoesThroughBoundsAndBranches() {
    assertThat(f64(ElementwiseKind.CLIP, new double[] {0, 6}, Double.NaN)).isNaN();
    assertThat(f64(ElementwiseKind.LEAKY_RELU, new double[] {0.1}, Double.NaN)).isNaN();
    assertThat(f64(ElementwiseKind.ELU, new double[] {1}, Double.NaN)).isNaN();
    assertThat(f64(ElementwiseKind.MIN, Double.NaN, 1)).isNaN();
    assertThat(f64(ElementwiseKind.MAX, 1, Double.NaN)).isNaN();
    assertThat(f64(ElementwiseKind.EQUAL, Double.NaN, Double.NaN)).isZero();
    assertThat(f64(ElementwiseKind.LESS_OR_EQUAL, Double.NaN, 1)).isZero();
    assertThat(f64(ElementwiseKind.IS_NAN, Double.NaN)).isOne();
  }

  @Test
  void infinitiesAndZerosFollowIeee() {
    assertThat(f64(ElementwiseKind.DIV, 1, -0.0)).isEqualTo(-INF);
    assertThat(f64(ElementwiseKind.DIV, 0, 0)).isNaN();
    assertThat(f64(ElementwiseKind.LOG, 0)).isEqualTo(-INF);
    assertThat(f64(ElementwiseKind.SQRT, -1)).isNaN();
    assertThat(f64(ElementwiseKind.SQRT, -0.0)).isEqualTo(-0.0);
    assertThat(f64(ElementwiseKind.NEG, 0.0)).isEqualTo(-0.0);
    assertThat(f64(ElementwiseKind.EQUAL, 0.0, -0.0)).isOne();
    assertThat(f64(ElementwiseKind.ATANH, 1)).isEqualTo(INF);
    assertThat(f64(ElementwiseKind.ERF, -INF)).isEqualTo(-1);
    assertThat(f64(ElementwiseKind.EXP, -INF)).isZero();
    assertThat(f64(ElementwiseKind.IS_INF, new double[] {0, 1}, -INF)).isZero();
    assertThat(f64(ElementwiseKind.IS_INF, new double[] {1, 0}, -INF)).isOne();
    assertThat(f64(ElementwiseKind.IS_INF, new double[] {0, 0}, INF)).isZero();
    assertThat(f64(ElementwiseKind.CLIP, new double[] {-INF, INF}, INF)).isEqualTo(INF);
    assertThat(f64(ElementwiseKind.CLIP, new double[] {2, 1}, 5)).isEqualTo(1);
    assertThat(f64(ElementwiseKind.POW, 1, Double.NaN)).isOne();
    assertThat(f64(ElementwiseKind.POW, -1, INF)).isOne();
    assertThat(f64(ElementwiseKind.POW, 0, -1)).isEqualTo(INF);
  }

  @Test
  void remaindersTakeTheSignTheySay() {
    assertThat(f64(ElementwiseKind.MOD, -7, 3)).isEqualTo(2);
    assertThat(f64(ElementwiseKind.REM, -7, 3)).isEqualTo(-1);
    assertThat(integer(ElementwiseKind.MOD, DType.I32, -7, 3)).isEqualTo(2);
    assertThat(integer(ElementwiseKind.MOD, DType.I32, 7, -3)).isEqualTo(-2);
    assertThat(integer(ElementwiseKind.REM, DType.I32, -7, 3)).isEqualTo(-1);
    assertThat(integer(ElementwiseKind.REM, DType.I32, 7, 0)).isZero();
  }

  @Test
  void denormalsAreKept() {
    Tensor tiny = Tensor.ofFloats(Shape.of(2), Float.MIN_VALUE, -Float.MIN_VALUE);
    Tensor sum = Elementwise.of(ElementwiseKind.ADD).evaluate(List.of(tiny, tiny)).get(0);
    assertThat(sum.toDoubles()).containsExactly(2 * Float.MIN_VALUE, -2 * Float.MIN_VALUE);
  }

  @Test
  void resultsAreRoundedToTheTypeOnce() {
    assertThat(
            Elementwise.of(ElementwiseKind.DIV)
                .evaluate(
                    List.of(Tensor.ofFloats(Shape.SCALAR, 1), Tensor.ofFloats(Shape.SCALAR, 3)))
                .get(0)
                .toDoubles()[0])
        .isEqualTo(1f / 3);
    Tensor half = Tensor.of(TensorType.of(DType.F16), new double[] {60000});
    assertThat(
            Elementwise.of(ElementwiseKind.ADD).evaluate(List.of(half, half)).get(0).toDoubles()[0])
        .isEqualTo(INF);
  }

  @Test
  void integersWrapInTheirWidth() {
    assertThat(integer(ElementwiseKind.ADD, DType.I8, 127, 1)).isEqualTo(-128);
    assertThat(integer(ElementwiseKind.SUB, DType.U8, 3, 5)).isEqualTo(254);
    assertThat(integer(ElementwiseKind.MUL, DType.I32, 1 << 30, 4)).isZero();
    assertThat(integer(ElementwiseKind.ADD, DType.I64, Long.MAX_VALUE, 1))
        .isEqualTo(Long.MIN_VALUE);
    assertThat(integer(ElementwiseKind.NEG, DType.I8, -128)).isEqualTo(-128);
    assertThat(integer(ElementwiseKind.ABS, DType.I16, -5)).isEqualTo(5);
    assertThat(integer(ElementwiseKind.DIV, DType.I64, Long.MIN_VALUE, -1))
        .isEqualTo(Long.MIN_VALUE);
    assertThat(integer(ElementwiseKind.DIV, DType.I32, -7, 2)).isEqualTo(-3);
    assertThat(integer(ElementwiseKind.DIV, DType.I32, 7, 0)).isZero();
    assertThat(integer(ElementwiseKind.DIV, DType.U64, -1, 2)).isEqualTo(Long.MAX_VALUE);
    assertThat(integer(ElementwiseKind.LESS, DType.U64, -1, 1)).isZero();
    assertThat(integer(ElementwiseKind.MAX, DType.U64, -1, 1)).isEqualTo(-1);
    assertThat(integer(ElementwiseKind.POW, DType.I64, 3, 39)).isEqualTo(4052555153018976267L);
    assertThat(integer(ElementwiseKind.POW, DType.I32, 2, -1)).isZero();
    assertThat(integer(ElementwiseKind.BIT_NOT, DType.U16, 1)).isEqualTo(0xFFFE);
    assertThat(integer(ElementwiseKind.SHIFT_LEFT, DType.U8, 0x81, 1)).isEqualTo(2);
    assertThat(integer(ElementwiseKind.SHIFT_RIGHT, DType.I8, -128, 7)).isEqualTo(-1);
    assertThat(integer(ElementwiseKind.SHIFT_RIGHT, DType.U64, Long.MIN_VALUE, 63)).isOne();
    assertThat(integer(ElementwiseKind.SHIFT_LEFT, DType.I32, 1, 32)).isZero();
    assertThat(integer(ElementwiseKind.NOT, DType.BOOL, 1)).isZero();
    assertThat(integer(ElementwiseKind.SIGN, DType.I32, -9)).isEqualTo(-1);
    assertThat(integer(ElementwiseKind.SIGN, DType.U32, 9)).isOne();
  }

  @Test
  void boundsOfIntegersStayInTheirRange() {
    Tensor x = Tensor.of(TensorType.of(DType.I8, 3), new long[] {-128, 5, 127});
    Elementwise wide = Elementwise.of(ElementwiseKind.CLIP, -1e30, 1e30);
    assertThat(wide.evaluate(List.of(x)).get(0).toLongs()).containsExactly(-128, 5, 127);
    Elementwise narrow = Elementwise.of(ElementwiseKind.CLIP, 0.5, 5.5);
    assertThat(narrow.evaluate(List.of(x)).get(0).toLongs()).containsExactly(1, 5, 5);
  }

  @Test
  void operandsBroadcast() {
    Tensor a = Tensor.ofLongs(Shape.of(2, 1, 2), 10, 20, 30, 40);
    Tensor b = Tensor.ofLongs(Shape.of(3, 1), 1, 2, 3);
    Tensor sum = Elementwise.of(ElementwiseKind.ADD).evaluate(List.of(a, b)).get(0);
    assertThat(sum.shape()).isEqualTo(Shape.of(2, 3, 2));
    assertThat(sum.toLongs()).containsExactly(11, 21, 12, 22, 13, 23, 31, 41, 32, 42, 33, 43);
  }

  @Test
  void longRowsAreCutIntoBlocks() {
    int n = 2500;
    double[] v = new double[3 * n];
    Arrays.setAll(v, i -> i);
    Tensor a = Tensor.of(TensorType.of(DType.F32, 3, n), v);
    Tensor b = Tensor.ofFloats(Shape.of(3, 1), 0, 1, 2);
    Tensor row = Tensor.of(TensorType.of(DType.F32, n), Arrays.copyOf(v, n));
    Elementwise sub = Elementwise.of(ElementwiseKind.SUB);
    double[] x = sub.evaluate(List.of(sub.evaluate(List.of(a, b)).get(0), row)).get(0).toDoubles();
    for (int i = 0; i < x.length; i++) {
      int r = i / n;
      assertThat(x[i]).isEqualTo((double) (r * n - r));
    }
  }

  @Test
  void whereChooses() {
    Tensor c = Tensor.of(TensorType.of(DType.BOOL, 2, 1), new long[] {1, 0});
    Tensor yes = Tensor.ofFloats(Shape.of(2), 1, Float.NaN);
    Tensor no = Tensor.ofFloats(Shape.SCALAR, 7);
    Elementwise where = Elementwise.of(ElementwiseKind.WHERE);
    assertThat(where.evaluate(List.of(c, yes, no)).get(0).toDoubles())
        .containsExactly(1, Double.NaN, 7, 7);
    List<TensorType> types = List.of(no.type(), yes.type(), no.type());
    assertThatThrownBy(() -> where.infer(types)).isInstanceOf(ModelException.class);
  }

  @Test
  void castsSaturateWrapAndRound() {
    double[] v = {1e30, -1e30, Double.NaN, -1.9, 300, INF};
    Tensor x = Tensor.of(TensorType.of(DType.F64, 6), v);
    assertThat(cast(x, DType.I32).toLongs())
        .containsExactly(Integer.MAX_VALUE, Integer.MIN_VALUE, 0, -1, 300, Integer.MAX_VALUE);
    assertThat(cast(x, DType.U8).toLongs()).containsExactly(255, 0, 0, 0, 255, 255);
    assertThat(cast(x, DType.U64).toLongs()).containsExactly(-1, 0, 0, 0, 300, -1);
    assertThat(cast(x, DType.BOOL).toLongs()).containsExactly(1, 1, 1, 1, 1, 1);
    Tensor i = Tensor.ofLongs(Shape.of(3), 300, -1, (1L << 53) + 1);
    assertThat(cast(i, DType.I8).toLongs()).containsExactly(44, -1, 1);
    assertThat(cast(i, DType.F64).toDoubles()).containsExactly(300, -1, 0x1p53);
    Tensor big = Tensor.of(TensorType.of(DType.U64, 2), new long[] {-1, Long.MIN_VALUE + 1});
    assertThat(cast(big, DType.F32).toDoubles()).containsExactly(0x1p64, 0x1p63);
    // Exactly between two floats, and one above: a second rounding would make both even.
    Tensor tie = Tensor.ofLongs(Shape.of(2), (1L << 60) + (1L << 36), (1L << 60) + (1L << 36) + 1);
    assertThat(cast(tie, DType.F32).toDoubles()).containsExactly(0x1p60, 0x1p60 + 0x1p37);
  }

  private static Tensor cast(Tensor x, DType to) {
    return new Cast(to).evaluate(List.of(x)).get(0);
  }
}
