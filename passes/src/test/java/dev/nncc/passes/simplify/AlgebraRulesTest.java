package dev.nncc.passes.simplify;

import static dev.nncc.passes.RuleTester.of;

import dev.nncc.graph.Value;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.passes.Model;
import dev.nncc.passes.clean.FoldConstants;
import org.junit.jupiter.api.Test;

class AlgebraRulesTest {
  private final Model m = new Model();
  private final Value x = m.input("x", 2, 3);
  private final FoldConstants fold = new FoldConstants(1 << 20);

  private static String text(String... lines) {
    return "in x: f64[2,3]\n" + String.join("\n", lines) + "\n";
  }

  private Value f(ElementwiseKind kind, Value... operands) {
    return m.op(kind, operands);
  }

  @Test
  void dropsNeutralOperands() {
    Value v = f(ElementwiseKind.POW, m.mul(x, m.filled(1, 3)), m.scalar(1));
    v = f(ElementwiseKind.DIV, f(ElementwiseKind.SUB, v, m.scalar(0)), m.scalar(1));
    v = m.add(v, m.scalar(-0.0));
    of(new DropNeutralOperand())
        .on(m.build(m.relu(v)))
        .becomes(text("%0 = Relu(x)", "out %0"))
        .meansTheSame();
  }

  @Test
  void keepsOtherConstants() {
    Value v = m.add(m.mul(x, m.scalar(0)), m.scalar(1));
    of(new DropNeutralOperand(), new DropAddedZero()).on(m.build(v)).doesNotFire();
  }

  @Test
  void dropsAnAddedZero() {
    of(new DropAddedZero())
        .on(m.build(m.relu(m.add(x, m.scalar(0)))))
        .becomes(text("%0 = Relu(x)", "out %0"))
        .meansTheSame();
  }

  @Test
  void movesConstantsToTheRight() {
    of(new MoveConstantRight())
        .on(m.build(m.add(m.scalar(2), x)))
        .becomes(text("%0 = Add(x, 2.0)", "out %0"))
        .meansTheSame();
  }

  @Test
  void keepsTheOrderOfASubtraction() {
    of(new MoveConstantRight()).on(m.build(f(ElementwiseKind.SUB, m.scalar(2), x))).doesNotFire();
  }

  @Test
  void subtractsByAddition() {
    of(new SubtractionToAddition(), fold)
        .on(m.build(f(ElementwiseKind.SUB, x, m.scalar(2))))
        .becomes(text("%0 = Add(x, -2.0)", "out %0"))
        .meansTheSame();
  }

  @Test
  void dividesByMultiplication() {
    of(new DivisionToMultiplication(), fold)
        .on(m.build(f(ElementwiseKind.DIV, x, m.scalar(4))))
        .becomes(text("%0 = Mul(x, 0.25)", "out %0"))
        .meansTheSame();
  }

  @Test
  void keepsADivisionWhoseReciprocalOverflows() {
    of(new DivisionToMultiplication())
        .on(m.build(f(ElementwiseKind.DIV, x, m.scalar(1e-310))))
        .doesNotFire();
  }

  @Test
  void keepsADivisionInFrontOfARounding() {
    Value v = f(ElementwiseKind.ROUND, f(ElementwiseKind.DIV, x, m.scalar(3)));
    of(new DivisionToMultiplication()).on(m.build(v)).doesNotFire();
  }

  @Test
  void dividesByAPowerOfTwoInFrontOfARounding() {
    Value v = f(ElementwiseKind.ROUND, f(ElementwiseKind.DIV, x, m.scalar(0.25)));
    of(new DivisionToMultiplication(), fold)
        .on(m.build(v))
        .becomes(text("%0 = Mul(x, 4.0)", "%1 = Round(%0)", "out %1"))
        .meansTheSame();
  }

  @Test
  void keepsAChainInFrontOfARounding() {
    Value v = m.mul(m.mul(x, m.scalar(0.3)), m.scalar(3));
    of(new MergeConstantOperands()).on(m.build(f(ElementwiseKind.FLOOR, v))).doesNotFire();
  }

  @Test
  void mergesChainsOfConstants() {
    Value v = m.mul(m.mul(x, m.scalar(2)), m.scalar(3));
    of(new MergeConstantOperands(), fold)
        .on(m.build(m.add(m.add(v, m.scalar(4)), m.scalar(5))))
        .becomes(text("%0 = Mul(x, 6.0)", "%1 = Add(%0, 9.0)", "out %1"))
        .meansTheSame();
  }

  @Test
  void keepsAChainWhoseMiddleIsReadElsewhere() {
    Value v = m.mul(x, m.scalar(2));
    of(new MergeConstantOperands()).on(m.build(v, m.mul(v, m.scalar(3)))).doesNotFire();
  }

  @Test
  void keepsConstantsWhoseSumIsLarger() {
    Value v = m.add(m.add(x, m.weight(2, 1)), m.weight(1, 3));
    of(new MergeConstantOperands()).on(m.build(v)).doesNotFire();
  }

  @Test
  void writesPowersAsProducts() {
    Value v = f(ElementwiseKind.POW, x, m.scalar(3));
    of(new PowerToProducts())
        .on(m.build(f(ElementwiseKind.POW, v, m.scalar(2))))
        .becomes(text("%0 = Mul(x, x)", "%1 = Mul(%0, x)", "%2 = Mul(%1, %1)", "out %2"))
        .meansTheSame();
  }

  @Test
  void keepsOtherPowers() {
    of(new PowerToProducts()).on(m.build(f(ElementwiseKind.POW, x, m.scalar(2.5)))).doesNotFire();
  }

  @Test
  void writesBoundsAsAClip() {
    Value v = f(ElementwiseKind.MIN, f(ElementwiseKind.MAX, x, m.scalar(-1)), m.scalar(2));
    of(new BoundsToClip(), new MergeClips())
        .on(m.build(v))
        .becomes(text("%0 = Clip(x) {min=-1.0, max=2.0}", "out %0"))
        .meansTheSame();
  }

  @Test
  void writesRelu6AsAClip() {
    Value v = f(ElementwiseKind.MIN, m.relu(x), m.scalar(2));
    of(new BoundsToClip(), new MergeClips())
        .on(m.build(v))
        .becomes(text("%0 = Clip(x) {min=0.0, max=2.0}", "out %0"))
        .meansTheSame();
  }

  @Test
  void mergesClipsThatDoNotOverlap() {
    Value inner = m.op(Elementwise.of(ElementwiseKind.CLIP, -3, -1), x);
    of(new MergeClips())
        .on(m.build(m.op(Elementwise.of(ElementwiseKind.CLIP, 1, 2), inner)))
        .becomes(text("%0 = Clip(x) {min=1.0, max=1.0}", "out %0"))
        .meansTheSame();
  }

  @Test
  void keepsAClipWhoseInnerOneIsReadElsewhere() {
    Value inner = m.op(Elementwise.of(ElementwiseKind.CLIP, -3, 1), x);
    Value outer = m.op(Elementwise.of(ElementwiseKind.CLIP, 0, 2), inner);
    of(new MergeClips()).on(m.build(inner, outer)).doesNotFire();
  }

  @Test
  void writesAMaximumWithZeroAsRelu() {
    of(new BoundsToClip(), new MergeClips())
        .on(m.build(f(ElementwiseKind.MAX, x, m.scalar(0))))
        .becomes(text("%0 = Relu(x)", "out %0"))
        .meansTheSame();
  }
}
