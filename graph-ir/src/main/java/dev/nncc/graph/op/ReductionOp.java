package dev.nncc.graph.op;

import dev.nncc.graph.Op;

/**
 * Combine the elements of one operand along axes or in windows, and normalise by what was combined.
 */
public sealed interface ReductionOp extends Op
    permits Reduce,
        ArgReduce,
        CumSum,
        Pool,
        Softmax,
        LogSoftmax,
        BatchNorm,
        LayerNorm,
        InstanceNorm,
        RmsNorm,
        Lrn {}
