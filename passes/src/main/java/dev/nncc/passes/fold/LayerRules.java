package dev.nncc.passes.fold;

import dev.nncc.passes.rewrite.Rule;
import java.util.List;

/** Rules that concern two layers at once. */
public final class LayerRules {
  private LayerRules() {}

  /** All rules of {@code fold-layers}. */
  public static List<Rule> all() {
    return List.of(new MergeLinearLayers(), new AverageBeforeConv(), new ConvBeforeAverage());
  }

  /** All rules of {@code remove-dead-channels}, for graphs without normalisations by constants. */
  public static List<Rule> dead() {
    return List.of(new DropPartsWithoutWeight(), new RemoveDeadChannels(), new RemoveDeadGroups());
  }
}
