package dev.nncc.graph.op;

/** What {@link Pool} makes of a window. */
public enum PoolKind {
  MAX,
  AVERAGE
}
