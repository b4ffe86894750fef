package dev.nncc.graph.op;

/** How a scattered element meets what is there; NONE overwrites. */
public enum ScatterKind {
  NONE,
  ADD,
  MUL,
  MIN,
  MAX
}
