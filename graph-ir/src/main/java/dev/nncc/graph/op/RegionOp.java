package dev.nncc.graph.op;

import dev.nncc.graph.Op;

/** Operators with a computation inside: recurrences over time, and fused kernels. */
public sealed interface RegionOp extends Op permits RecurrentOp, Fused {}
