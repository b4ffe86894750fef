package dev.nncc.runtime;

/** Element types of inputs and outputs. */
public enum DType {
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

  DType(int code, int bytes) {
    this.code = code;
    this.bytes = bytes;
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }

  static DType of(int code) {
    for (DType t : values()) {
      if (t.code == code) {
        return t;
      }
    }
    throw new NnccException(Status.ABI, "the library has a tensor of unknown type " + code);
  }
}
