package dev.nncc.graph.op;

/** What {@link Reduce} combines elements with. */
public enum ReduceKind {
  SUM,
  /** Integers: the sum divided, truncating. */
  MEAN,
  MAX,
  MIN,
  PROD
}
