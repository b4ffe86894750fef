package dev.nncc.passes.simplify;

import static dev.nncc.passes.RuleTester.of;
import static dev.nncc.passes.simplify.Graphs.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.DType;
import dev.nncc.graph.Op;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Cast;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.ConvTranspose;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Softmax;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.Model;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.PassOptions;
import dev.nncc.passes.RuleTester;
import dev.nncc.passes.clean.FoldConstants;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Operands that change nothing, or decide everything. */
class NeutralRulesTest {
  private final Model m = new Model();
  private final Value x = m.input("x", 2, 3);
  private final FoldConstants fold = new FoldConstants(1 << 20);

  private Value f(ElementwiseKind kind, Value... operands) {
    return m.op(kind, operands);
  }

  @Test
  void broadcastsWhatANeutralOperandMakesLarger() {
    Value v = m.add(m.mul(x, m.filled(1, 4, 1, 1)), m.filled(0, 5, 1, 1, 1));
    of(new DropNeutralOperand(), new DropAddedZero())
        .on(m.build(v))
        .becomes(text("%0 = Expand(x) {shape=[4, 2, 3]}", "%1 = Expand(%0) {shape=[5, 4, 2, 3]}"))
        .meansTheSame();
  }

  @Test
  void dropsBoundsAtInfinity() {
    Value low = m.scalar(Double.NEGATIVE_INFINITY);
    Value high = m.scalar(Double.POSITIVE_INFINITY);
    Value v = f(ElementwiseKind.MIN, f(ElementwiseKind.MAX, m.relu(x), low), high);
    of(new DropNeutralOperand()).on(m.build(v)).becomes(text("%0 = Relu(x)")).meansTheSame();
  }

  @Test
  void keepsTheOtherInfinity() {
    Value v = f(ElementwiseKind.MAX, x, m.scalar(Double.POSITIVE_INFINITY));
    of(new DropNeutralOperand(), new AbsorbOperand()).on(m.build(v)).doesNotFire();
  }

  @Test
  void keepsAFloatTimesZero() {
    of(new AbsorbOperand(), new SimplifyEqualOperands())
        .on(m.build(m.mul(x, m.scalar(0)), f(ElementwiseKind.SUB, x, x)))
        .doesNotFire();
  }

  @Test
  void keepsABoundedFunctionOfAnythingTimesZero() {
    Value v = f(ElementwiseKind.SIGMOID, x);
    of(new AbsorbOperand()).on(m.build(m.mul(v, m.scalar(0)))).doesNotFire();
  }

  @Test
  void keepsASumOfFiniteNumbersTimesZero() {
    Value i = m.op(new Cast(DType.F64), m.input("i", TensorType.of(DType.I8, 2, 3)));
    of(new AbsorbOperand()).on(m.build(m.mul(m.add(i, i), m.scalar(0)))).doesNotFire();
  }

  @Test
  void multipliesFiniteNumbersAwayWithZero() {
    Value i = m.op(new Cast(DType.F64), m.input("i", TensorType.of(DType.I8, 2, 3)));
    Value v = m.op(new Softmax(1), f(ElementwiseKind.TANH, m.add(i, i)));
    of(new AbsorbOperand(), fold)
        .on(m.build(m.add(m.mul(v, m.filled(0, 4, 1, 1)), m.input("y", 4, 2, 3))))
        .becomes(
            """
            in x: f64[2,3]
            in i: i8[2,3]
            in y: f64[4,2,3]
            %0 = Add(#f64[4,2,3], y)
            out %0
            """)
        .meansTheSame();
  }

  @Test
  void assumesFiniteNumbersIfAsked() {
    Value y = m.input("y", 2, 3);
    Value v = m.add(m.mul(x, m.scalar(0)), f(ElementwiseKind.DIV, x, x));
    RuleTester tester = of(new AssumeFiniteNumbers(), fold, new DropAddedZero());
    tester
        .on(m.build(m.mul(y, m.add(v, f(ElementwiseKind.SUB, y, y)))))
        .becomes(
            """
            in x: f64[2,3]
            in y: f64[2,3]
            %0 = Mul(y, #f64[2,3])
            out %0
            """);
  }

  @Test
  void assumesNothingUnlessAsked() {
    String name = new AssumeFiniteNumbers().name();
    Exactness exactness = new AssumeFiniteNumbers().exactness();
    assertThat(new PassContext(PassOptions.DEFAULT).enabled(name, exactness)).isFalse();
    assertThat(new PassContext(PassOptions.DEFAULT.withFastMath(true)).enabled(name, exactness))
        .isTrue();
  }

  @Test
  void raisesToThePowerOfZero() {
    Value v = f(ElementwiseKind.POW, x, m.scalar(0));
    Value w = f(ElementwiseKind.POW, m.filled(1, 2, 3), x);
    of(new AbsorbOperand(), fold)
        .on(m.build(m.mul(x, m.add(v, w))))
        .becomes(text("%0 = Mul(x, #f64[2,3])"))
        .meansTheSame();
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"I8", "I32", "I64", "U8", "U32", "U64"})
  void absorbsIntegers(DType t) {
    Model n = new Model(t);
    Value i = n.input("i", 2, 3);
    Value zero = n.op(ElementwiseKind.AND, i, n.scalar(0));
    Value same = n.op(ElementwiseKind.XOR, i, i);
    Value product = n.add(n.mul(i, n.scalar(0)), n.op(ElementwiseKind.MOD, i, n.scalar(1)));
    Value all = n.op(ElementwiseKind.OR, n.add(n.add(zero, same), product), i);
    of(new AbsorbOperand(), new SimplifyEqualOperands(), fold, new DropNeutralOperand())
        .on(n.build(n.add(all, i)))
        .becomes(
            String.format(
                """
                in i: %s[2,3]
                %%0 = Or(#%s[2,3], i)
                %%1 = Add(%%0, i)
                out %%1
                """,
                t.text(), t.text()))
        .meansTheSame();
  }

  @Test
  void knowsTheEndsOfIntegers() {
    Model n = new Model(DType.I8);
    Value i = n.input("i", 2, 3);
    Value v =
        n.op(ElementwiseKind.MAX, n.op(ElementwiseKind.MIN, i, n.scalar(127)), n.scalar(-128));
    Value w = n.op(ElementwiseKind.AND, n.op(ElementwiseKind.MIN, i, n.scalar(-128)), n.scalar(-1));
    of(new DropNeutralOperand(), new AbsorbOperand(), fold)
        .on(n.build(n.op(ElementwiseKind.SUB, v, w)))
        .becomes(
            """
            in i: i8[2,3]
            %0 = Sub(i, #i8[2,3])
            out %0
            """)
        .meansTheSame();
  }

  @Test
  void keepsNeighboursOfTheEnds() {
    Model n = new Model(DType.I8);
    Value i = n.input("i", 2, 3);
    Value v =
        n.op(ElementwiseKind.MAX, n.op(ElementwiseKind.MIN, i, n.scalar(126)), n.scalar(-127));
    of(new DropNeutralOperand(), new AbsorbOperand()).on(n.build(v)).doesNotFire();
  }

  @Test
  void decidesBools() {
    Value b = m.input("b", TensorType.of(DType.BOOL, 2, 3));
    Value yes = m.op(ElementwiseKind.EQUAL, m.longs(1, 1, 1), m.longs(1, 1, 1));
    Value no = m.op(ElementwiseKind.NOT, yes);
    Value v = f(ElementwiseKind.OR, f(ElementwiseKind.AND, b, yes), no);
    Value w = f(ElementwiseKind.AND, f(ElementwiseKind.OR, b, yes), b);
    of(fold, new MoveConstantRight(), new DropNeutralOperand(), new AbsorbOperand())
        .on(m.build(f(ElementwiseKind.XOR, v, w)))
        .becomes(
            """
            in x: f64[2,3]
            in b: bool[2,3]
            %0 = Xor(b, b)
            out %0
            """)
        .meansTheSame();
  }

  @Test
  void joinsEqualOperands() {
    Value v = f(ElementwiseKind.MAX, m.relu(x), x);
    Value w = f(ElementwiseKind.MIN, v, v);
    of(new SimplifyEqualOperands())
        .on(m.build(w))
        .becomes(text("%0 = Relu(x)", "%1 = Max(%0, x)"))
        .meansTheSame();
  }

  @Test
  void comparesIntegersWithThemselves() {
    Value i = m.input("i", TensorType.of(DType.I32, 2, 3));
    Value v = f(ElementwiseKind.OR, f(ElementwiseKind.LESS, i, i), f(ElementwiseKind.EQUAL, i, i));
    Value w = m.op(Elementwise.of(ElementwiseKind.WHERE), v, x, m.relu(x));
    of(new SimplifyEqualOperands(), fold, new SimplifyWhere())
        .on(m.build(m.mul(w, x)))
        .becomes(
            """
            in x: f64[2,3]
            in i: i32[2,3]
            %0 = Mul(x, x)
            out %0
            """)
        .meansTheSame();
  }

  @Test
  void keepsComparisonsOfFloatsWithThemselves() {
    of(new SimplifyEqualOperands()).on(m.build(f(ElementwiseKind.EQUAL, x, x))).doesNotFire();
  }

  @Test
  void choosesOneSideForAll() {
    Value yes = m.op(ElementwiseKind.EQUAL, m.longs(1, 1, 1), m.longs(1, 1, 1));
    Value row = m.input("row", 3);
    Value v = f(ElementwiseKind.WHERE, yes, row, x);
    Value c = m.input("c", TensorType.of(DType.BOOL, 2, 1));
    Value w = f(ElementwiseKind.WHERE, f(ElementwiseKind.NOT, c), x, m.relu(row));
    of(fold, new SimplifyWhere())
        .on(m.build(m.add(v, w)))
        .becomes(
            """
            in x: f64[2,3]
            in row: f64[3]
            in c: bool[2,1]
            %0 = Expand(row) {shape=[2, 3]}
            %1 = Relu(row)
            %2 = Where(c, %1, x)
            %3 = Add(%0, %2)
            out %3
            """)
        .meansTheSame();
  }

  @Test
  void keepsAChoiceByElement() {
    Value c = m.input("c", TensorType.of(DType.BOOL, 2, 3));
    of(new SimplifyWhere()).on(m.build(f(ElementwiseKind.WHERE, c, x, m.relu(x)))).doesNotFire();
  }

  @Test
  void choosesBetweenTrueAndFalse() {
    Value c = m.input("c", TensorType.of(DType.BOOL, 2, 3));
    Value yes = m.op(ElementwiseKind.EQUAL, m.longs(1), m.longs(1));
    Value no = m.op(ElementwiseKind.NOT, yes);
    Value v = f(ElementwiseKind.WHERE, c, no, yes);
    of(fold, new SimplifyWhere())
        .on(m.build(f(ElementwiseKind.AND, v, f(ElementwiseKind.WHERE, c, yes, no))))
        .becomes(
            """
            in x: f64[2,3]
            in c: bool[2,3]
            %0 = Not(c)
            %1 = And(%0, c)
            out %1
            """)
        .meansTheSame();
  }

  @Test
  void choosesBetweenEqualNumbers() {
    Value c = m.input("c", TensorType.of(DType.BOOL, 2, 3));
    Value one = m.longs(1);
    Value choice = f(ElementwiseKind.WHERE, c, one, m.longs(1, 1, 1));
    of(new SimplifyWhere())
        .on(m.build(choice))
        .becomes(
            """
            in x: f64[2,3]
            in c: bool[2,3]
            %0 = Expand([1]) {shape=[2, 3]}
            out %0
            """)
        .meansTheSame();
  }

  @Test
  void numbersThatOnlyLookEqualStay() {
    Value c = m.input("c", TensorType.of(DType.BOOL, 2, 3));
    Value large = m.longs(1L << 53);
    of(new SimplifyWhere())
        .on(m.build(f(ElementwiseKind.WHERE, c, large, m.longs((1L << 53) + 1))))
        .doesNotFire();
  }

  @Test
  void zerosOfBothSignsStay() {
    Value c = m.input("c", TensorType.of(DType.BOOL, 2, 3));
    of(new SimplifyWhere())
        .on(m.build(f(ElementwiseKind.WHERE, c, m.scalar(0), m.scalar(-0.0))))
        .doesNotFire();
  }

  private Value biased(Op op, double bias) {
    Value image = m.input("image", 1, 2, 3, 3);
    return m.op(op, image, m.filled(0.5, 2, 2, 1, 1), m.filled(bias, 2));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void dropsABiasOfZeros(boolean transposed) {
    List<Long> ones = List.of(1L, 1L);
    List<Long> none = List.of(0L, 0L);
    Op op =
        transposed
            ? new ConvTranspose(ones, none, none, ones, none, 1)
            : new Conv(ones, none, none, ones, 1);
    of(new DropZeroBias())
        .on(m.build(biased(op, 0)))
        .becomes(
            """
            in x: f64[2,3]
            in image: f64[1,2,3,3]
            %0 = OP(image, [0.5, 0.5, 0.5, 0.5]) {strides=[1, 1]}
            out %0
            """
                .replace("OP", op.name()))
        .meansTheSame();
  }

  @Test
  void keepsABiasThatIsNotZero() {
    Op op = Model.convOp(m.input("like", 1, 2, 3, 3), 1);
    of(new DropZeroBias()).on(m.build(biased(op, 1e-30))).doesNotFire();
  }
}
