package dev.nncc.passes.simplify;

import static dev.nncc.passes.RuleTester.of;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Pad;
import dev.nncc.graph.op.PadMode;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Slice;
import dev.nncc.graph.op.Transpose;
import dev.nncc.passes.Model;
import dev.nncc.passes.RuleTester;
import dev.nncc.passes.clean.FoldConstants;
import dev.nncc.passes.fold.FoldRules;
import dev.nncc.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TransposeRulesTest {
  private final Model m = new Model();
  private final Value x = m.input("x", 2, 3, 4, 5);

  private Value toChannelsLast(Value v) {
    return m.op(new Transpose(List.of(0, 2, 3, 1)), v);
  }

  private Value toChannelsFirst(Value v) {
    return m.op(new Transpose(List.of(0, 3, 1, 2)), v);
  }

  private static String text(String... lines) {
    return "in x: f64[2,3,4,5]\n" + String.join("\n", lines) + "\n";
  }

  @Test
  void reducesInFrontOfTheTranspose() {
    of(new ReduceOfTranspose(), new TransposeToReshape(), new MergeReshapes(), new DropIdentity())
        .on(m.build(m.op(new Reduce(ReduceKind.SUM, List.of(1, 2), true), toChannelsLast(x))))
        .becomes(
            text(
                "%0 = Reduce(x) {kind=sum, axes=[2, 3], keepDims=true}",
                "%1 = Reshape(%0) {shape=[2, 1, 1, 3]}", "out %1"))
        .meansTheSame();
  }

  @Test
  void reducesWithoutKeepingAxes() {
    of(new ReduceOfTranspose())
        .on(m.build(m.op(new Reduce(ReduceKind.MAX, List.of(0, 3), false), toChannelsLast(x))))
        .meansTheSame();
  }

  /** A map of one channel beside others, channels last. */
  private Value besideOne(Value others) {
    return m.op(new Concat(3), m.input("one", 2, 4, 5, 1), others);
  }

  @Test
  void joinsInFrontOfTransposesThatCancel() {
    of(new TransposeOfConcat())
        .on(m.build(toChannelsFirst(besideOne(toChannelsLast(x)))))
        .becomes(
            text(
                "in one: f64[2,4,5,1]",
                "%0 = Reshape(one) {shape=[2, 1, 4, 5]}",
                "%1 = Concat(%0, x) {axis=1}",
                "out %1"))
        .meansTheSame();
  }

  @Test
  void joinsInFrontOfSlicesToo() {
    Slice slice =
        new Slice(List.of(0L, 1L, 0L, 1L), List.of(2L, 2L, 5L, 3L), List.of(1L, 2L, 1L, 1L));
    of(new TransposeOfConcat())
        .on(m.build(toChannelsFirst(m.op(slice, besideOne(toChannelsLast(x))))))
        .becomes(
            text(
                "in one: f64[2,4,5,1]",
                "%0 = Reshape(one) {shape=[2, 1, 4, 5]}",
                "%1 = Concat(%0, x) {axis=1}",
                "%2 = Slice(%1) {starts=[0, 1, 1, 0], sizes=[2, 3, 2, 5], steps=[1, 1, 2, 1]}",
                "out %2"))
        .meansTheSame();
  }

  @Test
  void partsThatHaveToBeMovedStayWhereTheyAre() {
    RuleTester rule = of(new TransposeOfConcat());
    // The other part has its channels last in memory.
    rule.on(m.build(toChannelsFirst(besideOne(m.input("two", 2, 4, 5, 2))))).doesNotFire();
    // Not the transpose that would bring it back.
    Value other = m.op(new Transpose(List.of(0, 3, 2, 1)), m.input("y", 2, 3, 5, 4));
    rule.on(m.build(toChannelsFirst(besideOne(other)))).doesNotFire();
    // Read by others as it is.
    Value joined = besideOne(toChannelsLast(x));
    rule.on(m.build(toChannelsFirst(joined), m.relu(joined))).doesNotFire();
  }

  @Test
  void slicesInFrontOfTheTranspose() {
    Slice slice =
        new Slice(List.of(0L, 1L, 0L, 2L), List.of(2L, 2L, 5L, 1L), List.of(1L, 2L, 1L, 1L));
    of(new SliceOfTranspose())
        .on(m.build(m.op(slice, toChannelsLast(x))))
        .becomes(
            text(
                "%0 = Slice(x) {starts=[0, 2, 1, 0], sizes=[2, 1, 2, 5], steps=[1, 1, 2, 1]}",
                "%1 = Transpose(%0) {perm=[0, 2, 3, 1]}", "out %1"))
        .meansTheSame();
  }

  @Test
  void keepsATransposeThatOthersReadInFrontOfASlice() {
    Value t = toChannelsLast(x);
    Slice slice =
        new Slice(List.of(0L, 0L, 0L, 0L), List.of(1L, 4L, 5L, 3L), List.of(1L, 1L, 1L, 1L));
    of(new SliceOfTranspose()).on(m.build(m.op(slice, t), m.relu(t))).doesNotFire();
  }

  private Value padded(Value v) {
    List<Long> pads = List.of(0L, 1L, 2L, 0L);
    return m.op(new Pad(pads, pads, PadMode.CONSTANT, 0), v);
  }

  @Test
  void padsBetweenTransposesThatCancel() {
    of(new PadOfTranspose(), new MergeTransposes(), new DropIdentity())
        .on(m.build(toChannelsFirst(padded(toChannelsLast(x)))))
        .becomes(text("%0 = Pad(x) {before=[0, 0, 1, 2], after=[0, 0, 1, 2]}", "out %0"))
        .meansTheSame();
  }

  @Test
  void keepsAPadThatOthersRead() {
    of(new PadOfTranspose()).on(m.build(m.relu(padded(toChannelsLast(x))))).doesNotFire();
  }

  @Test
  void joinsWhatIsTransposedAlike() {
    joins(m.input("y", 2, 3, 4, 5), "f64[2,3,4,5]", new ConcatOfTransposes());
  }

  @Test
  void joinsATransposeThatMovesNothing() {
    Value y = m.input("y", 2, 1, 4, 5);
    joins(y, "f64[2,1,4,5]", new TransposeToReshape(), new ConcatOfTransposes());
  }

  private void joins(Value y, String type, Rule... rules) {
    of(rules)
        .on(m.build(m.op(new Concat(3), toChannelsLast(x), toChannelsLast(y))))
        .becomes(
            text(
                "in y: " + type,
                "%0 = Concat(x, y) {axis=1}",
                "%1 = Transpose(%0) {perm=[0, 2, 3, 1]}",
                "out %1"))
        .meansTheSame();
  }

  @Test
  void keepsAConcatWithAReshapeOfAnotherShape() {
    // Another reshape with the same result: no axes change places.
    Value y = m.input("y", 1, 2, 4, 5);
    Value z = m.op(new Reshape(Shape.of(2, 4, 5, 1)), y);
    of(new TransposeToReshape(), new ConcatOfTransposes())
        .on(m.build(m.op(new Concat(3), toChannelsLast(x), z)))
        .doesNotFire();
  }

  @Test
  void keepsAConcatOfOneTransposeAndAnother() {
    Value y = m.input("y", 2, 4, 5, 3);
    of(new ConcatOfTransposes())
        .on(m.build(m.op(new Concat(3), toChannelsLast(x), y)))
        .doesNotFire();
  }

  @Test
  void addsInFrontOfTheTransposes() {
    Value y = m.input("y", 2, 3, 4, 5);
    of(new JoinMovementsOfOperands())
        .on(m.build(m.add(toChannelsLast(x), toChannelsLast(y))))
        .becomes(
            """
            in x: f64[2,3,4,5]
            in y: f64[2,3,4,5]
            %0 = Add(x, y)
            %1 = Transpose(%0) {perm=[0, 2, 3, 1]}
            out %1
            """)
        .meansTheSame();
  }

  @Test
  void multipliesByAGateInFrontOfTheTranspose() {
    Value gate = m.input("gate", 2, 1, 1, 3);
    of(new JoinMovementsOfOperands())
        .on(m.build(m.mul(gate, toChannelsLast(x))))
        .becomes(
            """
            in x: f64[2,3,4,5]
            in gate: f64[2,1,1,3]
            %0 = Reshape(gate) {shape=[2, 3, 1, 1]}
            %1 = Mul(%0, x)
            %2 = Transpose(%1) {perm=[0, 2, 3, 1]}
            out %2
            """)
        .meansTheSame();
  }

  @Test
  void keepsAnOperandThatWouldNeedATransposeOfItsOwn() {
    Value other = m.input("other", 1, 4, 1, 3);
    of(new JoinMovementsOfOperands()).on(m.build(m.mul(toChannelsLast(x), other))).doesNotFire();
  }

  @Test
  void keepsATransposeThatOthersRead() {
    Value t = toChannelsLast(x);
    Value y = toChannelsLast(m.input("y", 2, 3, 4, 5));
    of(new JoinMovementsOfOperands()).on(m.build(m.add(t, y), m.relu(t))).doesNotFire();
  }

  @Test
  void writesABiasWithTheAxesInFrontOfATranspose() {
    Value y = m.add(toChannelsLast(m.relu(x)), m.weight(4, 1, 3));
    of(new MoveElementwiseBeforeMovement(), new FoldConstants(1 << 20))
        .on(m.build(y))
        .becomes(
            text(
                "%0 = Relu(x)",
                "%1 = Add(%0, #f64[1,3,4,1])", "%2 = Transpose(%1) {perm=[0, 2, 3, 1]}", "out %2"))
        .meansTheSame();
  }

  @Test
  void writesABiasWithTheUnitAxisThatAReshapeDrops() {
    Value c = m.relu(m.input("z", 2, 6, 8, 1));
    Value y = m.add(m.op(new Reshape(Shape.of(2, 6, 8)), c), m.weight(1, 6, 1));
    of(new MoveElementwiseBeforeMovement(), new FoldConstants(1 << 20))
        .on(m.build(y))
        .becomes(
            """
            in x: f64[2,3,4,5]
            in z: f64[2,6,8,1]
            %0 = Relu(z)
            %1 = Add(%0, #f64[6,1,1])
            %2 = Reshape(%1) {shape=[2, 6, 8]}
            out %2
            """)
        .meansTheSame();
  }

  /** As TensorFlow has it: channels last everywhere, each convolution between two transposes. */
  @Test
  void cancelsAllTransposesOfAResidualNetwork() {
    Value v = m.input("image", 1, 6, 6, 4);
    for (int i = 0; i < 2; i++) {
      Value c = toChannelsLast(m.conv(toChannelsFirst(v), 4, 3));
      Value relu = m.relu(m.add(m.mul(c, m.weight(4)), m.weight(4)));
      Value d = toChannelsLast(m.conv(toChannelsFirst(relu), 4, 3));
      v = i == 0 ? relu : m.relu(m.add(d, v));
    }
    Value y = m.op(new Reduce(ReduceKind.MEAN, List.of(1, 2), false), v);
    List<Rule> rules = new ArrayList<>(SimplifyRules.all());
    rules.addAll(FoldRules.all());
    rules.add(new FoldConstants(1 << 20));
    RuleTester.Result result = of(rules.toArray(new Rule[0])).on(m.build(y)).meansTheSame();
    assertThat(count(result.graph(), "Transpose")).isEqualTo(1);
    assertThat(count(result.graph(), "Mul")).isZero();
  }

  private static long count(Graph g, String op) {
    return g.nodes().stream().filter(n -> n.op().name().equals(op)).count();
  }

  @Test
  void leavesAnAdditionOfOneTransposeAndAnInput() {
    Value y = m.op(ElementwiseKind.MAX, toChannelsLast(x), m.input("y", 2, 4, 5, 3));
    of(new JoinMovementsOfOperands()).on(m.build(y)).doesNotFire();
  }

  /** A PReLU that is written out: relu(t) + slope * min(t, 0). */
  private Value prelu(Value t) {
    Value below = m.op(ElementwiseKind.MIN, t, m.weight(4, 1, 3));
    return m.add(m.relu(t), m.mul(below, m.weight(5, 3)));
  }

  @Test
  void movesAllFunctionsOfATransposeInFrontOfIt() {
    of(new SinkTransposeBelowElementwise(), new FoldConstants(1 << 20))
        .on(m.build(prelu(toChannelsLast(x))))
        .becomes(
            text(
                "%0 = Relu(x)",
                "%1 = Min(x, #f64[1,3,4,1])",
                "%2 = Mul(%1, #f64[1,3,1,5])",
                "%3 = Add(%0, %2)",
                "%4 = Transpose(%3) {perm=[0, 2, 3, 1]}",
                "out %4"))
        .meansTheSame();
  }

  @Test
  void keepsATransposeBehindWhichOthersStand() {
    Value t = toChannelsLast(x);
    of(new SinkTransposeBelowElementwise()).on(m.build(prelu(t), t)).doesNotFire();
    Value below = m.relu(t);
    of(new SinkTransposeBelowElementwise())
        .on(m.build(m.add(below, t), m.op(ElementwiseKind.EXP, below)))
        .doesNotFire();
  }

  @Test
  void keepsFunctionsOfDifferentTransposes() {
    Value t = toChannelsLast(x);
    Value other = m.op(new Transpose(List.of(0, 3, 2, 1)), m.input("y", 2, 3, 5, 4));
    of(new SinkTransposeBelowElementwise())
        .on(m.build(m.add(m.relu(t), m.op(ElementwiseKind.MAX, t, other))))
        .doesNotFire();
  }
}
