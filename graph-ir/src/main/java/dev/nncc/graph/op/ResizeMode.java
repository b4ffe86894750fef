package dev.nncc.graph.op;

/** How {@link Resize} interpolates. */
public enum ResizeMode {
  NEAREST,
  LINEAR,
  CUBIC
}
