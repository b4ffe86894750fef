package dev.nncc.passes.recognise;

import dev.nncc.passes.rewrite.Rule;
import java.util.List;

/** All rules of {@code recognise}, in the order they are tried. */
public final class RecogniseRules {
  private RecogniseRules() {}

  public static List<Rule> all() {
    return List.of(
        new RecogniseSigmoid(),
        new RecogniseSoftplus(),
        new RecogniseHardSigmoid(),
        new RecogniseGatedActivation(),
        new RecogniseGelu(),
        new RecogniseMean(),
        new RecogniseSoftmax(),
        new RecogniseLogSoftmax(),
        new RecogniseLayerNorm(),
        new RecogniseAffineLayerNorm(),
        new RecogniseRmsNorm(),
        new FoldScaleIntoRmsNorm(),
        new FoldScaleIntoLayerNorm(),
        new FoldShiftIntoLayerNorm(),
        new FoldScaleIntoInstanceNorm(),
        new FoldShiftIntoInstanceNorm(),
        new SplitRotaryEmbedding());
  }
}
