package dev.nncc.graph.op;

import dev.nncc.graph.Op;

/** One output element from one element of each operand. */
public sealed interface ElementwiseOp extends Op permits Elementwise, Cast {}
