package dev.nncc.passes.fold;

import dev.nncc.passes.rewrite.Rule;
import java.util.List;

/** All rules of {@code fold-batchnorm}. */
public final class FoldRules {
  private FoldRules() {}

  public static List<Rule> all() {
    return List.of(
        new DecomposeBatchNorm(),
        new FoldScaleIntoConv(),
        new FoldShiftIntoConv(),
        new FoldScaleIntoMatMul(),
        new FoldSignIntoWeights(),
        new FoldScaleBeforeWeights(),
        new FoldShiftBeforeWeights(),
        new MoveScaleBeforeShift(),
        new SplitOverConcat(),
        new MoveAffineBeforePad());
  }
}
