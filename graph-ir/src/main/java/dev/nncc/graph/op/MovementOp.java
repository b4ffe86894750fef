package dev.nncc.graph.op;

import dev.nncc.graph.Op;

/** Elements of the operands at other places; only {@link Resize} computes with them. */
public sealed interface MovementOp extends Op
    permits Reshape, Transpose, Slice, Pad, Concat, Expand, Tile, Resize {}
