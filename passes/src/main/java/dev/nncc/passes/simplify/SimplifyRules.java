package dev.nncc.passes.simplify;

import dev.nncc.passes.rewrite.Rule;
import java.util.List;

/** All rules of {@code simplify}, in the order they are tried. */
public final class SimplifyRules {
  private SimplifyRules() {}

  public static List<Rule> all() {
    return List.of(
        new DropIdentity(),
        new DropNeutralOperand(),
        new DropAddedZero(),
        new AbsorbOperand(),
        new AssumeFiniteNumbers(),
        new SimplifyEqualOperands(),
        new SimplifyWhere(),
        new DropExpansion(),
        new MoveConstantRight(),
        new SubtractionToAddition(),
        new DivisionToReciprocal(),
        new DivisionToMultiplication(),
        new PowerToProducts(),
        new BoundsToClip(),
        new MergeClips(),
        new MergeConstantOperands(),
        new MergeShiftsAndSigns(),
        new MergeScalesAndFractions(),
        new MergeIntegerDivisions(),
        new MoveConstantInwards(),
        new SimplifySigns(),
        new MergeReshapes(),
        new MergeTransposes(),
        new TransposeToReshape(),
        new MergeMovements(),
        new ReshapeOfSlice(),
        new MergeSlices(),
        new SliceOfConcat(),
        new DropUnreadParts(),
        new MergeConcats(),
        new MergeConstantParts(),
        new ConcatOfSlices(),
        new MergeCasts(),
        new TileToExpand(),
        new RepeatToExpand(),
        new ExpandToResize(),
        new MergeResizes(),
        new ReduceToReshape(),
        new MergeReductions(),
        new MergeReshapeIntoReduce(),
        new GatherToSlice(),
        new PoolToReduce(),
        new ReshapeOfPad(),
        new FoldPadIntoConv(),
        new FoldPadIntoPool(),
        new FoldTransposeIntoMatMul(),
        new FoldTransposeIntoWeights(),
        new TransposeOfMatMul(),
        new SinkReshapeBelowMatMul(),
        new SinkTransposeBelowMatMul(),
        new ReduceOfReshape(),
        new MoveScaleBehindMatMul(),
        new ReduceOfTranspose(),
        new SliceOfTranspose(),
        new PadOfTranspose(),
        new ConcatOfTransposes(),
        new ComputeIterationsAtOnce(),
        new SoftmaxOfTranspose(),
        new JoinMovementsOfOperands(),
        new MoveElementwiseBeforeMovement(),
        new MoveElementwiseBeforeConcat());
  }
}
