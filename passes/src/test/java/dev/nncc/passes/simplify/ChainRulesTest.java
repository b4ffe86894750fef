package dev.nncc.passes.simplify;

import static dev.nncc.passes.RuleTester.of;
import static dev.nncc.passes.simplify.Graphs.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.DType;
import dev.nncc.graph.Graph;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.passes.Model;
import dev.nncc.passes.RuleTester;
import dev.nncc.passes.clean.FoldConstants;
import dev.nncc.passes.rewrite.Rule;
import dev.nncc.passes.standard.KernelLadder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chains of constants, signs and fractions. */
class ChainRulesTest {
  private final Model m = new Model();
  private final Value x = m.input("x", 2, 3);
  private final FoldConstants fold = new FoldConstants(1 << 20);
  private final RuleTester shifts = of(fold, new MergeShiftsAndSigns());
  private final RuleTester scales = of(fold, new MergeScalesAndFractions());

  private Value f(ElementwiseKind kind, Value... operands) {
    return m.op(kind, operands);
  }

  private Value sub(Value a, Value b) {
    return f(ElementwiseKind.SUB, a, b);
  }

  private Value div(Value a, Value b) {
    return f(ElementwiseKind.DIV, a, b);
  }

  private Value neg(Value a) {
    return f(ElementwiseKind.NEG, a);
  }

  @Test
  void shiftsADifference() {
    shifts
        .on(m.build(m.add(sub(m.scalar(5), x), m.scalar(2))))
        .becomes(text("%0 = Sub(7.0, x)"))
        .meansTheSame();
  }

  @Test
  void subtractsADifference() {
    shifts
        .on(m.build(sub(m.scalar(5), sub(m.scalar(2), x))))
        .becomes(text("%0 = Add(x, 3.0)"))
        .meansTheSame();
  }

  @Test
  void subtractsAShiftedValue() {
    shifts
        .on(m.build(neg(sub(m.scalar(5), sub(x, m.scalar(2))))))
        .becomes(text("%0 = Add(x, -7.0)"))
        .meansTheSame();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void mergesEveryMixOfShifts(int outer) {
    for (int inner = 0; inner < 4; inner++) {
      if (outer == 3 && inner == 3) {
        continue;
      }
      Model n = new Model();
      Value v = shift(n, shift(n, n.input("x", 2, 3), inner, 2), outer, 5);
      Graph after = shifts.on(n.build(v)).meansTheSame().graph();
      assertThat(KernelLadder.nodes(after)).as("%d behind %d", outer, inner).isEqualTo(1);
    }
  }

  private static Value shift(Model n, Value v, int kind, double c) {
    return switch (kind) {
      case 0 -> n.add(v, n.scalar(c));
      case 1 -> n.op(ElementwiseKind.SUB, v, n.scalar(c));
      case 2 -> n.op(ElementwiseKind.SUB, n.scalar(c), v);
      default -> n.op(ElementwiseKind.NEG, v);
    };
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4})
  void mergesEveryMixOfScales(int outer) {
    for (int inner = 0; inner < 4; inner++) {
      if (outer >= 3 && inner == 3) {
        continue;
      }
      Model n = new Model();
      Value positive = n.add(n.op(ElementwiseKind.ABS, n.input("x", 2, 3)), n.scalar(1));
      Value v = scale(n, scale(n, positive, inner, 2), outer, 5);
      Graph after = scales.on(n.build(v)).meansTheSame().graph();
      assertThat(KernelLadder.nodes(after)).as("%d behind %d", outer, inner).isEqualTo(3);
    }
  }

  private static Value scale(Model n, Value v, int kind, double c) {
    return switch (kind) {
      case 0 -> n.mul(v, n.scalar(c));
      case 1 -> n.op(ElementwiseKind.DIV, v, n.scalar(c));
      case 2 -> n.op(ElementwiseKind.DIV, n.scalar(c), v);
      case 3 -> n.op(ElementwiseKind.NEG, v);
      default -> n.op(ElementwiseKind.RECIPROCAL, v);
    };
  }

  @Test
  void mergesShiftsOfIntegersExactly() {
    Model n = new Model(DType.U8);
    Value i = n.input("i", 2, 3);
    Value v = n.op(ElementwiseKind.SUB, n.op(ElementwiseKind.SUB, i, n.scalar(3)), n.scalar(254));
    shifts
        .on(n.build(v))
        .becomes(
            """
            in i: u8[2,3]
            %0 = Add(i, 255)
            out %0
            """)
        .meansTheSame();
  }

  @Test
  void leavesChainsInFrontOfARounding() {
    Value v = f(ElementwiseKind.ROUND, m.add(sub(m.scalar(0.3), x), m.scalar(0.2)));
    shifts.on(m.build(v)).doesNotFire();
    Value w = f(ElementwiseKind.ROUND, m.mul(div(m.scalar(0.3), x), m.scalar(0.2)));
    scales.on(m.build(w)).doesNotFire();
  }

  @Test
  void leavesValuesThatOthersRead() {
    Value d = sub(m.scalar(5), x);
    Value q = div(m.scalar(5), x);
    of(fold, new MergeShiftsAndSigns(), new MergeScalesAndFractions(), new MoveConstantInwards())
        .on(m.build(d, q, m.add(d, m.scalar(2)), m.mul(q, m.scalar(2))))
        .doesNotFire();
  }

  @Test
  void leavesScalesNearTheEndsOfTheirRange() {
    Value v = m.mul(div(x, m.scalar(0x1p500)), m.scalar(0x1p-500));
    scales.on(m.build(v, div(m.mul(x, m.scalar(3)), m.scalar(0)))).doesNotFire();
  }

  @Test
  void leavesTheFormsThatPatternsLookFor() {
    Value sigmoid = f(ElementwiseKind.EXP, neg(m.mul(x, m.scalar(3))));
    Value normal = m.mul(f(ElementwiseKind.RECIPROCAL, x), m.weight(3));
    scales.on(m.build(sigmoid, normal)).doesNotFire();
  }

  @Test
  void leavesConstantsThatWouldGrow() {
    Value v = m.add(sub(m.weight(2, 1), x), m.weight(1, 3));
    shifts.on(m.build(v)).doesNotFire();
  }

  @Test
  void movesConstantsInwards() {
    Value y = m.input("y", 2, 3);
    Value v = m.add(m.add(m.add(x, m.scalar(1)), y), m.scalar(2));
    of(fold, new MoveConstantInwards())
        .on(m.build(m.add(m.add(x, m.scalar(5)), m.add(v, m.scalar(8)))))
        .becomes(
            """
            in x: f64[2,3]
            in y: f64[2,3]
            %0 = Add(x, 3.0)
            %1 = Add(%0, y)
            %2 = Add(x, 13.0)
            %3 = Add(%2, %1)
            out %3
            """)
        .meansTheSame();
  }

  @Test
  void movesBoundsInwards() {
    Value y = m.input("y", 2, 3);
    Value c = m.weight(3);
    Value v = f(ElementwiseKind.MAX, f(ElementwiseKind.MAX, x, c), y);
    of(fold, new MoveConstantInwards(), new MergeConstantOperands())
        .on(m.build(f(ElementwiseKind.MAX, f(ElementwiseKind.MAX, v, m.weight(3)), m.weight(2, 3))))
        .becomes(
            """
            in x: f64[2,3]
            in y: f64[2,3]
            %0 = Max(x, #f64[2,3])
            %1 = Max(%0, y)
            out %1
            """)
        .meansTheSame();
  }

  @Test
  void dividesIntegersOnce() {
    Model n = new Model(DType.I32);
    Value i = n.input("i", 2, 3);
    Value v = n.op(ElementwiseKind.DIV, n.op(ElementwiseKind.DIV, i, n.scalar(3)), n.scalar(4));
    of(fold, new MergeIntegerDivisions())
        .on(n.build(v))
        .becomes(
            """
            in i: i32[2,3]
            %0 = Div(i, 12)
            out %0
            """)
        .meansTheSame();
  }

  @Test
  void keepsDivisionsWhoseProductOverflows() {
    Model n = new Model(DType.I8);
    Value i = n.input("i", 2, 3);
    Value v = n.op(ElementwiseKind.DIV, n.op(ElementwiseKind.DIV, i, n.scalar(16)), n.scalar(8));
    Value w = n.op(ElementwiseKind.DIV, n.mul(i, n.scalar(6)), n.scalar(3));
    of(fold, new MergeIntegerDivisions(), new MergeScalesAndFractions())
        .on(n.build(v, w))
        .doesNotFire();
  }

  @Test
  void changesSignsLessOften() {
    Value y = m.input("y", 2, 3);
    Value product = m.mul(neg(x), neg(y));
    Value sum = m.add(product, neg(m.relu(y)));
    Value rest = sub(sum, neg(m.mul(x, m.scalar(-1))));
    of(new SimplifySigns())
        .on(m.build(neg(neg(f(ElementwiseKind.ABS, neg(rest))))))
        .becomes(
            """
            in x: f64[2,3]
            in y: f64[2,3]
            %0 = Mul(x, y)
            %1 = Relu(y)
            %2 = Sub(%0, %1)
            %3 = Sub(x, %2)
            %4 = Abs(%3)
            out %4
            """)
        .meansTheSame();
  }

  @Test
  void subtractsFromZero() {
    of(new SimplifySigns())
        .on(m.build(m.relu(neg(sub(m.relu(sub(m.scalar(0), x)), x)))))
        .becomes(text("%0 = Neg(x)", "%1 = Relu(%0)", "%2 = Sub(x, %1)", "%3 = Relu(%2)"))
        .meansTheSame();
  }

  @Test
  void keepsSignsOfWhatOthersRead() {
    Value d = sub(x, m.relu(x));
    Value broadcast = sub(m.filled(0, 4, 2, 3), x);
    of(new SimplifySigns()).on(m.build(d, neg(d), broadcast)).doesNotFire();
  }

  @Test
  void invertsOnce() {
    of(new DivisionToReciprocal())
        .on(m.build(div(m.scalar(1), x)))
        .becomes(text("%0 = Reciprocal(x)"))
        .meansTheSame();
  }

  @Test
  void keepsOtherFractions() {
    of(new DivisionToReciprocal())
        .on(m.build(div(m.scalar(2), x), div(m.filled(1, 4, 2, 3), x)))
        .doesNotFire();
  }

  @Test
  void writesMorePowersAsProducts() {
    Value positive = m.add(f(ElementwiseKind.ABS, x), m.scalar(1));
    Value v = f(ElementwiseKind.POW, f(ElementwiseKind.POW, positive, m.scalar(4)), m.scalar(-0.5));
    of(new PowerToProducts())
        .on(m.build(f(ElementwiseKind.POW, v, m.scalar(-2))))
        .becomes(
            text(
                "%0 = Abs(x)",
                "%1 = Add(%0, 1.0)",
                "%2 = Mul(%1, %1)",
                "%3 = Mul(%2, %2)",
                "%4 = Sqrt(%3)",
                "%5 = Reciprocal(%4)",
                "%6 = Mul(%5, %5)",
                "%7 = Reciprocal(%6)"))
        .meansTheSame();
  }

  @Test
  void mergesConstantPartsOfAConcat() {
    Value y = m.input("y", 2, 3);
    Value v = m.op(new Concat(0), x, m.weight(1, 3), m.weight(2, 3), m.filled(0, 0, 3), y);
    of(new MergeConstantParts(), new MergeConcats(), fold)
        .on(m.build(v))
        .becomes(
            """
            in x: f64[2,3]
            in y: f64[2,3]
            %0 = Concat(x, #f64[3,3], y) {axis=0}
            out %0
            """)
        .meansTheSame();
  }

  @Test
  void keepsConstantPartsThatAreApart() {
    Value v = m.op(new Concat(1), m.weight(2, 1), x, m.weight(2, 2));
    of(new MergeConstantParts()).on(m.build(v)).doesNotFire();
  }

  @Test
  void allRulesTogetherComeToAnEnd() {
    List<Rule> rules = new ArrayList<>(SimplifyRules.all());
    rules.add(0, fold);
    Value v = x;
    for (int i = 0; i < 40; i++) {
      int kind = (i * 7 + i / 3) % 4;
      v = i % 5 < 3 ? shift(m, v, kind, i % 6 - 2.5) : scale(m, v, kind, i % 6 - 2.5);
    }
    Value typed = m.op(ElementwiseKind.TANH, v);
    assertThat(typed.type()).isEqualTo(TensorType.of(DType.F64, 2, 3));
    Graph after = of(rules.toArray(new Rule[0])).on(m.build(typed)).graph();
    assertThat(KernelLadder.nodes(after)).isLessThan(33);
  }
}
