package dev.nncc.passes.standard;

import dev.nncc.passes.PassOptions;
import dev.nncc.passes.Pipeline;
import dev.nncc.passes.Pipeline.Stage;
import dev.nncc.passes.clean.EliminateCommonSubexpressions;
import dev.nncc.passes.clean.FoldConstants;
import dev.nncc.passes.clean.Strip;
import dev.nncc.passes.fold.DecomposeBatchNorm;
import dev.nncc.passes.fold.FoldRules;
import dev.nncc.passes.fold.LayerRules;
import dev.nncc.passes.fold.PushStridesUp;
import dev.nncc.passes.fuse.FuseAttention;
import dev.nncc.passes.fuse.FuseVertically;
import dev.nncc.passes.fuse.MergeSiblings;
import dev.nncc.passes.precision.LowerPrecision;
import dev.nncc.passes.recognise.RecogniseRules;
import dev.nncc.passes.recurrent.RecogniseRecurrentLayers;
import dev.nncc.passes.rewrite.RewritePass;
import dev.nncc.passes.rewrite.Rule;
import dev.nncc.passes.simplify.MergeSlices;
import dev.nncc.passes.simplify.SimplifyRules;
import java.util.ArrayList;
import java.util.List;

/** The pipelines that the compiler runs. */
public final class Pipelines {
  /** Bytes; biases and scales are below it. Looking at more means to compute scaled weights. */
  private static final long SMALL_CONSTANT = 16 << 10;

  private Pipelines() {}

  /** From an imported graph to fused regions. */
  public static Pipeline standard(PassOptions options) {
    FoldConstants foldConstants = new FoldConstants(options.foldLimit());
    RewritePass simplify =
        new RewritePass(
            "simplify",
            "neutral operands, moves that cancel, chains of constants",
            join(List.of(foldConstants), SimplifyRules.all()));
    // With the simplifying rules: a scale reaches its host only through other constants.
    RewritePass foldBatchNorm =
        new RewritePass(
            "fold-batchnorm",
            "scales and shifts move into the weights beside them",
            join(FoldRules.all(), simplify.rules()));
    return Pipeline.of(
        Stage.of(
            "canonicalise",
            // First: nothing later looks at what nobody needs.
            new Strip(),
            // What exporters compute of shapes is gone after this; the kernel ladder starts here.
            new RewritePass(
                "fold-constants",
                "computes what depends on constants only",
                List.of(foldConstants)),
            new EliminateCommonSubexpressions()),
        Stage.of(
            "simplify",
            // Before simplify: its rules treat the first step, whose state is a constant, unlike
            // the others.
            new RecogniseRecurrentLayers(),
            simplify,
            // Behind simplify: patterns are written in its forms. Before fold-batchnorm and fusion:
            // patterns are whole only here.
            new RewritePass(
                "recognise",
                "activations and normalisations that were spelled out",
                join(RecogniseRules.all(), simplify.rules())),
            // By itself: what comes next looks at scales, and once at each layer.
            new RewritePass(
                "decompose-batchnorm",
                "normalisations by constants become scales and shifts",
                List.of(new DecomposeBatchNorm())),
            // Before fold-batchnorm: it leaves weights to be computed later, and this looks at
            // them.
            new RewritePass(
                "remove-dead-channels",
                "drops channels that are zero or that no weight reads",
                LayerRules.dead()),
            foldBatchNorm,
            // Behind it: layers are compared with all that belongs to their weights. Scales of zero
            // make weights of zero: dead channels once more.
            new RewritePass(
                "fold-layers",
                "merges linear layers, averages where it is cheaper",
                join(join(LayerRules.all(), LayerRules.dead()), foldBatchNorm.rules())),
            // Behind it: a convolution may have moved in front of what skips pixels.
            new PushStridesUp(),
            // Again: rules make equal nodes and equal small constants. Large ones are weights that
            // fold-batchnorm left to be computed when they are packed; they tell what from.
            new EliminateCommonSubexpressions(SMALL_CONSTANT)),
        Stage.of(
            "fuse",
            // First: siblings' activations are then one node, which joins the one kernel.
            new MergeSiblings(),
            // A branch may begin with a slice, or end in one.
            new RewritePass(
                "merge-slices-again",
                "slices of the slices that merged siblings left",
                List.of(new MergeSlices())),
            // Behind it: siblings have one weight. Before fusion, which takes in the casts.
            new LowerPrecision(),
            new FuseVertically(),
            // Behind it: scale and mask are then part of the product that makes the scores.
            new FuseAttention()));
  }

  private static List<Rule> join(List<Rule> first, List<Rule> second) {
    List<Rule> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }
}
