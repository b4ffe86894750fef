package dev.nncc.graph.op;

/** Order of time in recurrent operators; BIDIRECTIONAL has forward and reverse results. */
public enum Direction {
  FORWARD,
  REVERSE,
  BIDIRECTIONAL
}
