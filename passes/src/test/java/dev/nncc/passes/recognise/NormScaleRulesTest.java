package dev.nncc.passes.recognise;

import dev.nncc.graph.Value;
import dev.nncc.graph.op.InstanceNorm;
import dev.nncc.graph.op.RmsNorm;
import dev.nncc.passes.Model;
import dev.nncc.passes.RuleTester;
import dev.nncc.passes.clean.FoldConstants;
import dev.nncc.passes.rewrite.Rule;
import org.junit.jupiter.api.Test;

/** Scales and shifts behind a normalisation that has its own. */
class NormScaleRulesTest {
  private final Model m = new Model();

  private static RuleTester rule(Rule rule) {
    return RuleTester.of(rule, new FoldConstants(1 << 20));
  }

  private final RuleTester rmsScale = rule(new FoldScaleIntoRmsNorm());
  private final RuleTester instanceScale = rule(new FoldScaleIntoInstanceNorm());
  private final RuleTester instanceShift = rule(new FoldShiftIntoInstanceNorm());

  private Value rms() {
    return m.op(new RmsNorm(1, 1e-5, 0), m.input("x", 3, 8), m.weight(8));
  }

  @Test
  void aScaleByColumnJoinsThatOfTheRmsNorm() {
    rmsScale
        .on(m.build(m.mul(rms(), m.weight(1, 8))))
        .becomes(
            """
            in x: f64[3,8]
            %0 = RmsNorm(x, #f64[8]) {axis=1, epsilon=1.0E-5}
            out %0
            """)
        .meansTheSame();
  }

  @Test
  void aNumberJoinsTheScaleOfTheRmsNorm() {
    rmsScale
        .on(m.build(m.mul(rms(), m.scalar(0.5))))
        .becomes(
            """
            in x: f64[3,8]
            %0 = RmsNorm(x, #f64[8]) {axis=1, epsilon=1.0E-5}
            out %0
            """)
        .meansTheSame();
  }

  @Test
  void aScaleByRowStaysBehindTheRmsNorm() {
    rmsScale.on(m.build(m.mul(rms(), m.weight(3, 1)))).doesNotFire();
  }

  @Test
  void anRmsNormThatOthersReadKeepsItsScale() {
    Value y = rms();
    rmsScale.on(m.build(m.mul(y, m.weight(8)), m.relu(y))).doesNotFire();
  }

  @Test
  void aScaleThatIsNoConstantStaysBehindTheRmsNorm() {
    rmsScale.on(m.build(m.mul(rms(), m.input("k", 8)))).doesNotFire();
  }

  @Test
  void aScaleThatIsComputedStaysWithTheRmsNorm() {
    Value y = m.op(new RmsNorm(1, 1e-5, 0), m.input("x", 3, 8), m.input("k", 8));
    rmsScale.on(m.build(m.mul(y, m.weight(8)))).doesNotFire();
  }

  @Test
  void aScaleThatMakesTheShapeLargerStaysBehindTheRmsNorm() {
    rmsScale.on(m.build(m.mul(rms(), m.weight(2, 1, 8)))).doesNotFire();
  }

  private Value instance() {
    return m.op(new InstanceNorm(1e-3), m.input("x", 2, 5, 4, 3), m.weight(5), m.weight(5));
  }

  private static final String INSTANCE =
      """
      in x: f64[2,5,4,3]
      %0 = InstanceNorm(x, #f64[5], #f64[5]) {epsilon=0.001}
      out %0
      """;

  @Test
  void aScaleByChannelJoinsScaleAndShiftOfTheInstanceNorm() {
    instanceScale
        .on(m.build(m.mul(instance(), m.weight(1, 5, 1, 1))))
        .becomes(INSTANCE)
        .meansTheSame();
  }

  @Test
  void aNumberJoinsScaleAndShiftOfTheInstanceNorm() {
    instanceScale.on(m.build(m.mul(instance(), m.scalar(3)))).becomes(INSTANCE).meansTheSame();
  }

  @Test
  void aShiftByChannelJoinsThatOfTheInstanceNorm() {
    instanceShift
        .on(m.build(m.add(instance(), m.weight(5, 1, 1))))
        .becomes(INSTANCE)
        .meansTheSame();
  }

  @Test
  void whatDiffersByImageOrPixelStaysBehindTheInstanceNorm() {
    Value y = instance();
    instanceScale.on(m.build(m.mul(y, m.weight(2, 1, 1, 1)))).doesNotFire();
    instanceShift.on(m.build(m.add(y, m.weight(4, 1)))).doesNotFire();
  }

  @Test
  void anInstanceNormThatOthersReadStays() {
    Value y = instance();
    instanceScale.on(m.build(m.mul(y, m.scalar(3)), m.relu(y))).doesNotFire();
    instanceShift.on(m.build(m.add(y, m.scalar(3)), m.relu(y))).doesNotFire();
  }

  @Test
  void whatIsNoConstantStaysBehindTheInstanceNorm() {
    instanceScale.on(m.build(m.mul(instance(), m.input("k", 5, 1, 1)))).doesNotFire();
  }

  @Test
  void aShiftThatIsNoConstantStaysBehindTheInstanceNorm() {
    instanceShift.on(m.build(m.add(instance(), m.input("k", 5, 1, 1)))).doesNotFire();
  }

  @Test
  void parametersThatAreComputedStayAsTheyAre() {
    Value y = m.op(new InstanceNorm(1e-3), m.input("x", 2, 5, 4, 3), m.input("k", 5), m.weight(5));
    instanceScale.on(m.build(m.mul(y, m.scalar(3)))).doesNotFire();
    instanceShift.on(m.build(m.add(y, m.scalar(3)))).doesNotFire();
  }

  @Test
  void aShiftIsNoScale() {
    instanceScale.on(m.build(m.add(instance(), m.scalar(3)))).doesNotFire();
  }

  @Test
  void aScaleIsNoShift() {
    instanceShift.on(m.build(m.mul(instance(), m.scalar(3)))).doesNotFire();
  }
}
