package dev.nncc.graph.op;

/** What stands in the border that {@link Pad} adds. */
public enum PadMode {
  CONSTANT,
  /** Mirrored without repeating the edge. */
  REFLECT,
  /** The edge repeated. */
  EDGE,
  /** The tensor repeated. */
  WRAP
}
