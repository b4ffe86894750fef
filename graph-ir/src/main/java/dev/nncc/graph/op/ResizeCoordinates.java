package dev.nncc.graph.op;

/** Where a result coordinate lies in the operand, as ONNX names it. */
public enum ResizeCoordinates {
  HALF_PIXEL,
  HALF_PIXEL_SYMMETRIC,
  PYTORCH_HALF_PIXEL,
  ALIGN_CORNERS,
  ASYMMETRIC
}
