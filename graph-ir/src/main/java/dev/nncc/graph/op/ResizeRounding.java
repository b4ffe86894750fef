package dev.nncc.graph.op;

/** Which neighbour {@link ResizeMode#NEAREST} takes. */
public enum ResizeRounding {
  ROUND_PREFER_FLOOR,
  ROUND_PREFER_CEIL,
  FLOOR,
  CEIL
}
