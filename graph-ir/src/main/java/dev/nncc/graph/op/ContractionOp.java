package dev.nncc.graph.op;

import dev.nncc.graph.Op;

/** Sums of products over shared axes; where the time goes. */
public sealed interface ContractionOp extends Op permits Conv, ConvTranspose, MatMul {}
