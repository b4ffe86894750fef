package dev.nncc.runtime;

/** Outcome of a native call; names and codes are those of {@code nncc.h}. */
public enum Status {
  OK(0),
  ARGUMENT(1),
  ABI(2),
  CPU(3),
  MEMORY(4),
  SHAPE(5),
  BUSY(6),
  DEVICE(7),
  CANCELLED(8),
  CORRUPT(9),
  UNSUPPORTED(10),
  INDEX(11),
  INTERNAL(99);

  private final int code;

  Status(int code) {
    this.code = code;
  }

  /** The value of {@code nncc_status}. */
  public int code() {
    return code;
  }

  static Status of(int code) {
    for (Status s : values()) {
      if (s.code == code) {
        return s;
      }
    }
    return INTERNAL;
  }
}
