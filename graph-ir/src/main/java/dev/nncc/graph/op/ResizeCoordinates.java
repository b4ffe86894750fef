package dev.nncc.graph.op;

/** Where a result coordinate lies in the operand, as ONNX names it. */
public enum ResizeCoordinates {
  HALF_PIXEL,
  HALF_PIXEL_SYMMETRIC,
  PYTORCH_HALF_PIXEL,
  /**
   * The first and last elements of both stay in place; by the extents alone, whatever the scale, as
   * ONNX Runtime and PyTorch do.
   */
  ALIGN_CORNERS,
  ASYMMETRIC
}
