package dev.nncc.passes.simplify;

import static dev.nncc.passes.RuleTester.of;

import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Cast;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Expand;
import dev.nncc.graph.op.Gather;
import dev.nncc.graph.op.Pad;
import dev.nncc.graph.op.PadMode;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Slice;
import dev.nncc.graph.op.Tile;
import dev.nncc.graph.op.Transpose;
import dev.nncc.passes.Model;
import java.util.List;
import org.junit.jupiter.api.Test;

class MovementRulesTest {
  private final Model m = new Model();

  private Value reshape(Value v, long... extents) {
    return m.op(new Reshape(Shape.of(extents)), v);
  }

  private Value transpose(Value v, Integer... perm) {
    return m.op(new Transpose(List.of(perm)), v);
  }

  private Value slice(Value v, List<Long> starts, List<Long> sizes, List<Long> steps) {
    return m.op(new Slice(starts, sizes, steps), v);
  }

  private static String of46(String... lines) {
    return "in x: f64[4,6]\n" + String.join("\n", lines) + "\n";
  }

  private Value x46() {
    return m.input("x", 4, 6);
  }

  @Test
  void dropsMovementsThatMoveNothing() {
    Value v = m.relu(x46());
    v = transpose(reshape(v, 4, 6), 0, 1);
    v = slice(v, List.of(0L, 0L), List.of(4L, 6L), List.of(1L, 1L));
    v = m.op(new Concat(1), m.op(new Expand(Shape.of(4, 6)), v));
    v = m.op(new Pad(List.of(0L, 0L), List.of(0L, 0L), PadMode.CONSTANT, 0), v);
    v = m.op(new Tile(List.of(1L, 1L)), m.op(new Cast(DType.F64), v));
    v = m.op(Elementwise.of(ElementwiseKind.IDENTITY), v);
    of(new DropIdentity()).on(m.build(v)).becomes(of46("%0 = Relu(x)", "out %0")).meansTheSame();
  }

  @Test
  void keepsASliceBackwards() {
    Value v = slice(x46(), List.of(3L, 0L), List.of(4L, 6L), List.of(-1L, 1L));
    of(new DropIdentity()).on(m.build(v)).doesNotFire();
  }

  @Test
  void keepsATransposeOfASquare() {
    of(new DropIdentity()).on(m.build(transpose(m.input("x", 4, 4), 1, 0))).doesNotFire();
  }

  @Test
  void mergesReshapes() {
    of(new MergeReshapes())
        .on(m.build(reshape(reshape(x46(), 24), 2, 12)))
        .becomes(of46("%0 = Reshape(x) {shape=[2, 12]}", "out %0"))
        .meansTheSame();
  }

  @Test
  void mergesTransposes() {
    Value v = transpose(transpose(m.input("x", 2, 3, 4), 1, 2, 0), 0, 2, 1);
    of(new MergeTransposes())
        .on(m.build(v))
        .becomes("in x: f64[2,3,4]\n%0 = Transpose(x) {perm=[1, 0, 2]}\nout %0\n")
        .meansTheSame();
  }

  @Test
  void turnsATransposeOfUnitAxesIntoAReshape() {
    of(new TransposeToReshape())
        .on(m.build(transpose(m.input("x", 1, 3, 4), 1, 0, 2)))
        .becomes("in x: f64[1,3,4]\n%0 = Reshape(x) {shape=[3, 1, 4]}\nout %0\n")
        .meansTheSame();
  }

  @Test
  void keepsATransposeOfLargerAxes() {
    of(new TransposeToReshape())
        .on(m.build(transpose(m.input("x", 2, 3, 4), 1, 0, 2)))
        .doesNotFire();
  }

  @Test
  void foldsTransposesIntoAProduct() {
    Value y = m.matmul(transpose(x46(), 1, 0), transpose(m.input("z", 5, 4), 1, 0));
    of(new FoldTransposeIntoMatMul())
        .on(m.build(y))
        .becomes(
            """
            in x: f64[4,6]
            in z: f64[5,4]
            %0 = MatMul(x, z) {transposeA=true, transposeB=true}
            out %0
            """)
        .meansTheSame();
  }

  @Test
  void takesTheSwapOutOfTheTransposeOfKeys() {
    Value keys = transpose(m.input("k", 2, 5, 3, 4), 0, 2, 3, 1);
    of(new FoldTransposeIntoMatMul())
        .on(m.build(m.matmul(m.input("q", 2, 3, 5, 4), keys)))
        .becomes(
            """
            in k: f64[2,5,3,4]
            in q: f64[2,3,5,4]
            %0 = Transpose(k) {perm=[0, 2, 1, 3]}
            %1 = MatMul(q, %0) {transposeB=true}
            out %1
            """)
        .meansTheSame();
  }

  @Test
  void leavesATransposeOfKeysThatOthersRead() {
    Value keys = transpose(m.input("k", 2, 5, 3, 4), 0, 2, 3, 1);
    Value y = m.matmul(m.input("q", 2, 3, 5, 4), keys);
    of(new FoldTransposeIntoMatMul()).on(m.build(y, m.relu(keys))).doesNotFire();
  }

  @Test
  void turnsATransposedProductAround() {
    Value y = transpose(m.matmul(x46(), m.input("z", 6, 5)), 1, 0);
    of(new TransposeOfMatMul())
        .on(m.build(y))
        .becomes(
            """
            in x: f64[4,6]
            in z: f64[6,5]
            %0 = MatMul(z, x) {transposeA=true, transposeB=true}
            out %0
            """)
        .meansTheSame();
  }

  @Test
  void keepsWeightsOnTheRight() {
    Value y = transpose(m.matmul(x46(), m.weight(6, 5)), 1, 0);
    of(new TransposeOfMatMul()).on(m.build(y)).doesNotFire();
  }

  @Test
  void mergesSlicesWithSteps() {
    Value a = slice(m.input("x", 10, 2), List.of(9L, 0L), List.of(5L, 2L), List.of(-2L, 1L));
    Value b = slice(a, List.of(1L, 1L), List.of(2L, 1L), List.of(2L, 1L));
    of(new MergeSlices())
        .on(m.build(b))
        .becomes(
            """
            in x: f64[10,2]
            %0 = Slice(x) {starts=[7, 1], sizes=[2, 1], steps=[-4, 1]}
            out %0
            """)
        .meansTheSame();
  }

  @Test
  void slicesTheOperandOfAConcat() {
    Value c = m.op(new Concat(0), x46(), m.input("z", 3, 6));
    of(new SliceOfConcat())
        .on(m.build(slice(c, List.of(5L, 1L), List.of(2L, 3L), List.of(1L, 1L))))
        .becomes(
            """
            in x: f64[4,6]
            in z: f64[3,6]
            %0 = Slice(z) {starts=[1, 1], sizes=[2, 3]}
            out %0
            """)
        .meansTheSame();
  }

  @Test
  void keepsASliceAcrossOperands() {
    Value c = m.op(new Concat(0), x46(), m.input("z", 3, 6));
    of(new SliceOfConcat())
        .on(m.build(slice(c, List.of(3L, 0L), List.of(2L, 6L), List.of(1L, 1L))))
        .doesNotFire();
  }

  @Test
  void mergesConcats() {
    Value x = x46();
    Value inner = m.op(new Concat(0), m.relu(x), x);
    of(new MergeConcats())
        .on(m.build(m.op(new Concat(0), x, inner)))
        .becomes(of46("%0 = Relu(x)", "%1 = Concat(x, %0, x) {axis=0}", "out %1"))
        .meansTheSame();
  }

  @Test
  void keepsConcatsAlongOtherAxes() {
    Value x = x46();
    Value inner = m.op(new Concat(1), x, x);
    of(new MergeConcats()).on(m.build(m.op(new Concat(0), inner, inner))).doesNotFire();
  }

  @Test
  void joinsSlicesThatFollowEachOther() {
    Value x = x46();
    Value a = slice(x, List.of(0L, 1L), List.of(4L, 2L), List.of(1L, 1L));
    Value b = slice(x, List.of(0L, 3L), List.of(4L, 3L), List.of(1L, 1L));
    of(new ConcatOfSlices(), new DropIdentity())
        .on(m.build(m.op(new Concat(1), a, b)))
        .becomes(of46("%0 = Slice(x) {starts=[0, 1], sizes=[4, 5]}", "out %0"))
        .meansTheSame();
  }

  @Test
  void keepsSlicesInAnotherOrder() {
    Value x = x46();
    Value a = slice(x, List.of(0L, 0L), List.of(4L, 3L), List.of(1L, 1L));
    Value b = slice(x, List.of(0L, 3L), List.of(4L, 3L), List.of(1L, 1L));
    of(new ConcatOfSlices()).on(m.build(m.op(new Concat(1), b, a))).doesNotFire();
  }

  @Test
  void mergesACastBackFromAWiderType() {
    Model f32 = new Model(DType.F32);
    Value wide = f32.op(new Cast(DType.F64), f32.input("x", 4));
    of(new MergeCasts(), new DropIdentity())
        .on(f32.build(f32.relu(f32.op(new Cast(DType.F32), wide))))
        .becomes("in x: f32[4]\n%0 = Relu(x)\nout %0\n")
        .meansTheSame();
  }

  @Test
  void keepsACastThroughANarrowerType() {
    Value narrow = m.op(new Cast(DType.F32), x46());
    of(new MergeCasts()).on(m.build(m.op(new Cast(DType.F64), narrow))).doesNotFire();
  }

  @Test
  void dropsAnExpansionInFrontOfAnAddition() {
    Value wide = m.op(new Expand(Shape.of(4, 6)), m.input("z", 6));
    of(new DropExpansion())
        .on(m.build(m.add(x46(), wide)))
        .becomes("in z: f64[6]\nin x: f64[4,6]\n%0 = Add(x, z)\nout %0\n")
        .meansTheSame();
  }

  @Test
  void dropsAnExpansionOfMatricesInFrontOfProducts() {
    Value wide = m.op(new Expand(Shape.of(5, 3, 6, 2)), m.input("z", 5, 1, 6, 2));
    of(new DropExpansion())
        .on(m.build(m.matmul(m.input("y", 5, 3, 4, 6), wide)))
        .becomes(
            """
            in z: f64[5,1,6,2]
            in y: f64[5,3,4,6]
            %0 = MatMul(y, z)
            out %0
            """)
        .meansTheSame();
  }

  @Test
  void keepsAnExpansionThatMakesMatricesLargerOrMore() {
    Value y = m.input("y", 5, 3, 4, 6);
    Value rows = m.op(new Expand(Shape.of(5, 3, 6, 2)), m.input("z", 5, 3, 1, 2));
    of(new DropExpansion()).on(m.build(m.matmul(y, rows))).doesNotFire();
    Model other = new Model();
    Value more = other.op(new Expand(Shape.of(5, 3, 4, 6)), other.input("y", 1, 3, 4, 6));
    Value product = other.matmul(more, other.input("z", 1, 3, 6, 2));
    of(new DropExpansion()).on(other.build(product)).doesNotFire();
  }

  @Test
  void keepsTheExpansionThatGivesTheResultItsShape() {
    Value wide = m.op(new Expand(Shape.of(4, 6)), m.input("z", 6));
    of(new DropExpansion()).on(m.build(m.add(wide, m.scalar(1)))).doesNotFire();
  }

  @Test
  void turnsATileOfUnitAxesIntoAnExpansion() {
    Value t = m.op(new Tile(List.of(4L, 1L)), m.input("z", 1, 6));
    of(new TileToExpand())
        .on(m.build(t))
        .becomes("in z: f64[1,6]\n%0 = Expand(z) {shape=[4, 6]}\nout %0\n")
        .meansTheSame();
  }

  @Test
  void reducesUnitAxesByAReshape() {
    Value r = m.op(new Reduce(ReduceKind.MEAN, List.of(1), false), m.input("x", 4, 1));
    of(new ReduceToReshape())
        .on(m.build(r))
        .becomes("in x: f64[4,1]\n%0 = Reshape(x) {shape=[4]}\nout %0\n")
        .meansTheSame();
  }

  @Test
  void mergesASqueezeIntoAReduction() {
    Value r = m.op(new Reduce(ReduceKind.SUM, List.of(1), true), x46());
    of(new MergeReshapeIntoReduce())
        .on(m.build(reshape(r, 4)))
        .becomes(of46("%0 = Reduce(x) {kind=sum, axes=[1]}", "out %0"))
        .meansTheSame();
  }

  @Test
  void reducesAFlattenedImageDirectly() {
    Value flat = reshape(m.input("x", 2, 3, 4, 5), 2, 3, 20);
    of(new ReduceOfReshape())
        .on(m.build(m.op(new Reduce(ReduceKind.MEAN, List.of(2), false), flat)))
        .becomes("in x: f64[2,3,4,5]\n%0 = Reduce(x) {kind=mean, axes=[2, 3]}\nout %0\n")
        .meansTheSame();
  }

  @Test
  void keepsAReductionOfHalfOfAnAxis() {
    Value split = reshape(m.input("x", 2, 12), 2, 3, 4);
    of(new ReduceOfReshape())
        .on(m.build(m.op(new Reduce(ReduceKind.MAX, List.of(2), false), split)))
        .doesNotFire();
  }

  @Test
  void gathersOnePlaceByASlice() {
    of(new GatherToSlice())
        .on(m.build(m.op(new Gather(0), x46(), m.longs(-2, -1))))
        .becomes(
            of46(
                "%0 = Slice(x) {starts=[2, 0], sizes=[2, 6]}",
                "%1 = Reshape(%0) {shape=[2, 6]}", "out %1"))
        .meansTheSame();
  }

  @Test
  void keepsAGatherOfScatteredPlaces() {
    of(new GatherToSlice()).on(m.build(m.op(new Gather(0), x46(), m.longs(0, 2)))).doesNotFire();
  }
}
