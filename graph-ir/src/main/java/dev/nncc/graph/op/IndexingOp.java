package dev.nncc.graph.op;

import dev.nncc.graph.Op;

/**
 * Places that depend on data. Negative indices count from the end; one out of range is a {@link
 * dev.nncc.graph.ModelException} in evaluation.
 */
public sealed interface IndexingOp extends Op
    permits Gather, GatherElements, GatherNd, ScatterElements, ScatterNd, OneHot, TopK, Suppress {}
