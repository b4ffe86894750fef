package dev.nncc.codegen.llvm.plan;

/** Element types at the boundary of a library, with the codes of {@code nncc.h} (those of ONNX). */
public enum ElementType {
  F32(1, 4),
  U8(2, 1),
  I8(3, 1),
  U16(4, 2),
  I16(5, 2),
  I32(6, 4),
  I64(7, 8),
  BOOL(9, 1),
  F16(10, 2),
  F64(11, 8),
  U32(12, 4),
  U64(13, 8),
  BF16(16, 2);

  private final int code;
  private final int bytes;

  ElementType(int code, int bytes) {
    this.code = code;
    this.bytes = bytes;
  }

  /** The value of {@code nncc_dtype}. */
  public int code() {
    return code;
  }

  /** Bytes of one element in memory. */
  public int bytes() {
    return bytes;
  }
}
