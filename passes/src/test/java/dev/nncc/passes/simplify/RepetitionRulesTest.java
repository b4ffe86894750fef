package dev.nncc.passes.simplify;

import static dev.nncc.passes.RuleTester.of;

import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Expand;
import dev.nncc.graph.op.Pad;
import dev.nncc.graph.op.PadMode;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Resize;
import dev.nncc.graph.op.ResizeCoordinates;
import dev.nncc.graph.op.ResizeMode;
import dev.nncc.graph.op.ResizeRounding;
import dev.nncc.passes.Model;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Repeated elements, borders and reductions in several steps. */
class RepetitionRulesTest {
  private final Model m = new Model();

  private Value reshape(Value v, long... extents) {
    return m.op(new Reshape(Shape.of(extents)), v);
  }

  private Value reduce(ReduceKind kind, Value v, boolean keep, Integer... axes) {
    return m.op(new Reduce(kind, List.of(axes), keep), v);
  }

  @Test
  void averagesRowsAndColumnsAtOnce() {
    Value rows = reduce(ReduceKind.MEAN, m.input("x", 2, 3, 4, 5), false, 3);
    of(new MergeReductions())
        .on(m.build(reduce(ReduceKind.MEAN, rows, false, 2)))
        .becomes("in x: f64[2,3,4,5]\n%0 = Reduce(x) {kind=mean, axes=[2, 3]}\nout %0\n")
        .meansTheSame();
  }

  @Test
  void keepsTheShapeOfReductionsThatKeepAxesInPart() {
    Value rows = reduce(ReduceKind.MAX, m.input("x", 2, 3, 4), true, 0);
    of(new MergeReductions())
        .on(m.build(reduce(ReduceKind.MAX, rows, false, 1)))
        .becomes(
            """
            in x: f64[2,3,4]
            %0 = Reduce(x) {kind=max, axes=[0, 1]}
            %1 = Reshape(%0) {shape=[1, 4]}
            out %1
            """)
        .meansTheSame();
  }

  @Test
  void keepsReductionsOfTwoKinds() {
    Value rows = reduce(ReduceKind.MAX, m.input("x", 2, 3, 4), false, 2);
    of(new MergeReductions()).on(m.build(reduce(ReduceKind.SUM, rows, false, 1))).doesNotFire();
  }

  @Test
  void keepsIntegerMeansThatTruncateTwice() {
    Model whole = new Model(DType.I32);
    Value x = whole.input("x", 3, 4);
    Value rows = whole.op(new Reduce(ReduceKind.MEAN, List.of(1), false), x);
    Value y = whole.op(new Reduce(ReduceKind.MEAN, List.of(0), false), rows);
    of(new MergeReductions()).on(whole.build(y)).doesNotFire();
  }

  private Value padded(Value x, long before, long after) {
    return m.op(new Pad(List.of(0L, 0L, before), List.of(0L, 0L, after), PadMode.CONSTANT, 0), x);
  }

  @Test
  void padsTheSignalOfAConvolutionThatHasRows() {
    Value image = reshape(padded(m.input("x", 1, 2, 9), 1, 2), 1, 2, 1, 12);
    of(new ReshapeOfPad(), new FoldPadIntoConv())
        .on(m.build(m.conv(image, 4, 1)))
        .becomes(
            """
            in x: f64[1,2,9]
            %0 = Reshape(x) {shape=[1, 2, 1, 9]}
            %1 = Conv(%0, #f64[4,2,1,1]) {pads=[0, 1, 0, 2]}
            out %1
            """)
        .meansTheSame();
  }

  @Test
  void keepsABorderThatTheReshapeFoldsIn() {
    of(new ReshapeOfPad())
        .on(m.build(reshape(padded(m.input("x", 1, 2, 9), 1, 2), 1, 24)))
        .doesNotFire();
  }

  @Test
  void keepsTheBorderOfASingleChannel() {
    of(new ReshapeOfPad())
        .on(m.build(reshape(padded(m.input("x", 1, 1, 9), 1, 2), 1, 1, 1, 12)))
        .doesNotFire();
  }

  @Test
  void keepsABorderThatOthersRead() {
    Value p = padded(m.input("x", 1, 2, 9), 1, 2);
    of(new ReshapeOfPad()).on(m.build(reshape(p, 1, 2, 1, 12), m.relu(p))).doesNotFire();
  }

  @Test
  void repeatsByOneKernel() {
    Value x = m.input("x", 2, 3);
    of(new RepeatToExpand())
        .on(m.build(m.op(new Concat(1), x, x)))
        .becomes(
            """
            in x: f64[2,3]
            %0 = Reshape(x) {shape=[2, 1, 3]}
            %1 = Expand(%0) {shape=[2, 2, 3]}
            %2 = Reshape(%1) {shape=[2, 6]}
            out %2
            """)
        .meansTheSame();
  }

  @Test
  void keepsAConcatOfTwoValues() {
    Value x = m.input("x", 2, 3);
    of(new RepeatToExpand()).on(m.build(m.op(new Concat(1), x, m.relu(x)))).doesNotFire();
  }

  @Test
  void upsamplesWhatConcatenationsDouble() {
    Value pixels = reshape(m.input("x", 1, 2, 3, 4), 24, 1);
    Value wide = reshape(m.op(new Concat(1), pixels, pixels), 6, 8);
    Value high = reshape(m.op(new Concat(1), wide, wide), 1, 2, 6, 8);
    of(
            new RepeatToExpand(),
            new MergeReshapes(),
            new ExpandToResize(),
            new MergeResizes(),
            new DropIdentity())
        .on(m.build(high))
        .becomes(
            """
            in x: f64[1,2,3,4]
            %0 = Resize(x) {mode=nearest, sizes=[1, 2, 6, 8], scales=[1.0, 1.0, 2.0, 2.0], \
            coordinates=asymmetric, rounding=floor}
            out %0
            """)
        .meansTheSame();
  }

  @Test
  void upsamplesWhatIsExpandedAlongBothAxes() {
    Value single = reshape(m.input("x", 1, 2, 3, 4), 1, 2, 3, 1, 4, 1);
    Value all = m.op(new Expand(Shape.of(1, 2, 3, 2, 4, 3)), single);
    of(new ExpandToResize(), new MergeReshapes(), new DropIdentity())
        .on(m.build(reshape(all, 1, 2, 6, 12)))
        .becomes(
            """
            in x: f64[1,2,3,4]
            %0 = Resize(x) {mode=nearest, sizes=[1, 2, 6, 12], scales=[1.0, 1.0, 2.0, 3.0], \
            coordinates=asymmetric, rounding=floor}
            out %0
            """)
        .meansTheSame();
  }

  @Test
  void keepsRepeatedImages() {
    Value single = reshape(m.input("x", 1, 2, 3, 4), 1, 2, 1, 3, 4);
    of(new ExpandToResize())
        .on(m.build(m.op(new Expand(Shape.of(1, 2, 2, 3, 4)), single)))
        .doesNotFire();
  }

  private Value resized(Value v, ResizeMode mode, List<Long> sizes, List<Double> scales) {
    Resize r =
        new Resize(
            mode, sizes, scales, ResizeCoordinates.ASYMMETRIC, ResizeRounding.FLOOR, -0.75, false);
    return m.op(r, v);
  }

  @Test
  void keepsResizesAlongOneAxis() {
    Value x = m.input("x", 1, 1, 3, 4);
    Value a = resized(x, ResizeMode.NEAREST, List.of(1L, 1L, 6L, 4L), List.of(1.0, 1.0, 2.0, 1.0));
    Value b = resized(a, ResizeMode.NEAREST, List.of(1L, 1L, 9L, 4L), List.of(1.0, 1.0, 1.5, 1.0));
    of(new MergeResizes()).on(m.build(b)).doesNotFire();
  }

  @Test
  void keepsResizesThatInterpolate() {
    Value x = m.input("x", 1, 1, 3, 4);
    Value a = resized(x, ResizeMode.LINEAR, List.of(1L, 1L, 6L, 4L), List.of(1.0, 1.0, 2.0, 1.0));
    Value b = resized(a, ResizeMode.LINEAR, List.of(1L, 1L, 6L, 8L), List.of(1.0, 1.0, 1.0, 2.0));
    of(new MergeResizes()).on(m.build(b)).doesNotFire();
  }

  @Test
  void activatesTheParts() {
    Value x = m.input("x", 1, 2, 3, 3);
    Value joined = m.op(new Concat(1), m.conv(x, 2, 3), m.conv(x, 3, 3));
    of(new MoveElementwiseBeforeConcat())
        .on(m.build(m.op(Elementwise.of(ElementwiseKind.CLIP, 0, 6), joined)))
        .becomes(
            """
            in x: f64[1,2,3,3]
            %0 = Conv(x, #f64[2,2,3,3]) {pads=[1, 1, 1, 1]}
            %1 = Conv(x, #f64[3,2,3,3]) {pads=[1, 1, 1, 1]}
            %2 = Clip(%0) {min=0.0, max=6.0}
            %3 = Clip(%1) {min=0.0, max=6.0}
            %4 = Concat(%2, %3) {axis=1}
            out %4
            """)
        .meansTheSame();
  }

  @Test
  void keepsAnActivationBehindAPartThatNoKernelMakes() {
    Value x = m.input("x", 1, 2, 3, 3);
    of(new MoveElementwiseBeforeConcat())
        .on(m.build(m.relu(m.op(new Concat(1), m.conv(x, 2, 1), x))))
        .doesNotFire();
  }

  @Test
  void keepsAnActivationBehindAPartThatOthersRead() {
    Value c = m.conv(m.input("x", 1, 2, 3, 3), 2, 1);
    of(new MoveElementwiseBeforeConcat())
        .on(m.build(m.relu(m.op(new Concat(1), c, m.relu(c)))))
        .doesNotFire();
  }

  @Test
  void addsAFullConstantInFrontOfAFlattening() {
    Value c = reshape(m.conv(m.input("x", 1, 2, 3, 4), 2, 3), 1, 2, 12);
    of(new MoveElementwiseBeforeMovement())
        .on(m.build(m.add(c, m.weight(1, 2, 12))))
        .becomes(
            """
            in x: f64[1,2,3,4]
            %0 = Conv(x, #f64[2,2,3,3]) {pads=[1, 1, 1, 1]}
            %1 = Reshape(#f64[1,2,12]) {shape=[2, 3, 4]}
            %2 = Add(%0, %1)
            %3 = Reshape(%2) {shape=[1, 2, 12]}
            out %3
            """)
        .meansTheSame();
  }
}
