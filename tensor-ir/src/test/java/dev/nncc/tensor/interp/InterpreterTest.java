package dev.nncc.tensor.interp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.nncc.graph.DType;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Expr.Fn;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.text.Parser;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class InterpreterTest {
  private static List<Memory> run(String text, double[]... values) {
    Kernel k = Parser.parse(text);
    List<Memory> m = new ArrayList<>();
    for (int i = 0; i < k.args().size(); i++) {
      Buffer b = k.args().get(i);
      Memory x = Memory.filled(b);
      for (int j = 0; i < values.length && j < values[i].length; j++) {
        if (b.type().isFloat()) {
          x.setFloat(j, values[i][j]);
        } else {
          x.setInteger(j, (long) values[i][j]);
        }
      }
      m.add(x);
    }
    List<ByteBuffer> bytes = m.stream().map(Memory::bytes).toList();
    Interpreter.run(k, bytes, Map.of("n", 3L), 0, Long.MAX_VALUE);
    return m;
  }

  @Test
  void anUnscheduledReductionInAnyLoopOrder() {
    for (String loops : List.of("i < 2, k < 3", "k < 3, i < 2")) {
      Memory y =
          run(
                  "kernel s(X: f32 [2,3], B: f32 [2], Y: f32 [2]) for "
                      + loops
                      + " Y[i] = reduce + (k) X[i, k] from B[i] then acc * 2.0",
                  new double[] {1, 2, 3, 4, 5, 6},
                  new double[] {10, 20})
              .get(2);
      assertThat(y.number(0)).isEqualTo(32);
      assertThat(y.number(1)).isEqualTo(70);
    }
  }

  @Test
  void severalStatesChangeAtOnce() {
    Memory y =
        run("""
                kernel fib(Y: i32 [2]) for k < 6
                  reduce (k) {
                    state a: i32 from 0:i32
                    state b: i32 from 1:i32
                    next a = b
                    next b = a + b
                    Y[0] = a
                    Y[1] = b
                  }
                """)
            .get(0);
    assertThat(y.integer(0)).isEqualTo(8);
    assertThat(y.integer(1)).isEqualTo(13);
  }

  @Test
  void stridesOffsetAndHaloPlaceElements() {
    Memory x =
        run("""
                kernel place(X: f32 [2,2] lo [1,0] hi [0,1] strides [1,10] offset 5 fill 7.0)
                for i < 2, j < 2 X[i, j] = X[-1, 2] + f32(i * 2 + j)
                """)
            .get(0);
    assertThat(x.number(5)).isEqualTo(7);
    assertThat(x.number(15)).isEqualTo(8);
    assertThat(x.number(16)).isEqualTo(10);
  }

  @Test
  void indicesAreChecked() {
    assertThatThrownBy(() -> run("kernel k(X: f32 [3]) for i < 4 X[i] = 1.0"))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessageContaining("X: index 3 in dimension 0");
    assertThatThrownBy(
            () -> run("kernel k(X: f32 [3]) for i < 3 X[i] = select(i < 2, X[i + 1], 0.0)"))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void localMemoryIsPoisoned() {
    Memory y =
        run("kernel k(Y: f32 [2]) alloc T: f32 local [2] { T[0] = 1.0 Y[0] = T[0] Y[1] = T[1] }")
            .get(0);
    assertThat(y.number(0)).isEqualTo(1);
    assertThat(y.number(1)).isNaN();
  }

  @Test
  void symbolicExtents() {
    Memory y = run("kernel k(Y: i64 [1]) dims (n) { Y[0] = 0 for i < n * 2 Y[0] += i }").get(0);
    assertThat(y.integer(0)).isEqualTo(15);
  }

  @Test
  void integersAreExactAndWrap() {
    assertThat(Arithmetic.integers(BinOp.ADD, DType.I8, 127, 1)).isEqualTo(-128);
    assertThat(Arithmetic.integers(BinOp.ADD, DType.I64, (1L << 53), 1)).isEqualTo((1L << 53) + 1);
    assertThat(Arithmetic.integers(BinOp.DIV, DType.I32, -7, 2)).isEqualTo(-3);
    assertThat(Arithmetic.integers(BinOp.DIV, DType.I32, -7, 0)).isZero();
    assertThat(Arithmetic.integers(BinOp.DIV, DType.I32, Integer.MIN_VALUE, -1))
        .isEqualTo(Integer.MIN_VALUE);
    assertThat(Arithmetic.integers(BinOp.FLOORDIV, DType.I64, -7, 2)).isEqualTo(-4);
    assertThat(Arithmetic.integers(BinOp.MOD, DType.I64, -7, 3)).isEqualTo(2);
    assertThat(Arithmetic.integers(BinOp.REM, DType.I64, -7, 3)).isEqualTo(-1);
    assertThat(Arithmetic.integers(BinOp.MAX, DType.U64, -1, 1)).isEqualTo(-1);
    assertThat(Arithmetic.integers(BinOp.SHR, DType.U8, 0x80, 3)).isEqualTo(0x10);
  }

  @Test
  void conversionsSaturateAndRound() {
    assertThat(Arithmetic.toInteger(DType.U8, 300.7)).isEqualTo(255);
    assertThat(Arithmetic.toInteger(DType.I8, -1e9)).isEqualTo(-128);
    assertThat(Arithmetic.toInteger(DType.I32, Double.NaN)).isZero();
    assertThat(Arithmetic.toInteger(DType.U64, 0x1p63)).isEqualTo(Long.MIN_VALUE);
    assertThat(Arithmetic.toFloat(DType.F32, DType.I64, 16777217)).isEqualTo(16777216);
    assertThat(Arithmetic.round(DType.F16, 2049)).isEqualTo(2048);
    assertThat(Arithmetic.round(DType.BF16, 257)).isEqualTo(256);
  }

  @Test
  void extremesPropagateNan() {
    assertThat(Arithmetic.floats(BinOp.MAX, DType.F32, Double.NaN, 1)).isNaN();
    assertThat(Arithmetic.floats(BinOp.MIN, DType.F32, 1, Double.NaN)).isNaN();
  }

  @Test
  void errorFunction() {
    assertThat(Arithmetic.call(Fn.ERF, DType.F64, 0.5))
        .isCloseTo(0.5204998778130465, within(1e-15));
    assertThat(Arithmetic.call(Fn.ERF, DType.F64, -3))
        .isCloseTo(-0.9999779095030014, within(1e-15));
    assertThat(Arithmetic.call(Fn.ASINH, DType.F64, -2))
        .isCloseTo(-1.4436354751788103, within(1e-15));
  }
}
