package dev.nncc.graph;

import java.util.Locale;
import java.util.Optional;

/** Element types of tensors. Storage is little endian; {@code BOOL} is one byte holding 0 or 1. */
public enum DType {
  F64(8, Kind.FLOAT),
  F32(4, Kind.FLOAT),
  F16(2, Kind.FLOAT),
  BF16(2, Kind.FLOAT),
  I64(8, Kind.SIGNED),
  I32(4, Kind.SIGNED),
  I16(2, Kind.SIGNED),
  I8(1, Kind.SIGNED),
  U64(8, Kind.UNSIGNED),
  U32(4, Kind.UNSIGNED),
  U16(2, Kind.UNSIGNED),
  U8(1, Kind.UNSIGNED),
  BOOL(1, Kind.BOOL);

  private enum Kind {
    FLOAT,
    SIGNED,
    UNSIGNED,
    BOOL
  }

  private final int bytes;
  private final Kind kind;

  DType(int bytes, Kind kind) {
    this.bytes = bytes;
    this.kind = kind;
  }

  /** Bytes of one element in memory. */
  public int bytes() {
    return bytes;
  }

  public boolean isFloat() {
    return kind == Kind.FLOAT;
  }

  /** Signed or unsigned integer; not bool. */
  public boolean isInteger() {
    return kind == Kind.SIGNED || kind == Kind.UNSIGNED;
  }

  public boolean isSigned() {
    return kind == Kind.SIGNED || kind == Kind.FLOAT;
  }

  /** The least value: minus infinity of floats, 0 of bool. */
  public double lowest() {
    return switch (kind) {
      case FLOAT -> Double.NEGATIVE_INFINITY;
      case SIGNED -> -Math.scalb(1.0, bytes * 8 - 1);
      case UNSIGNED, BOOL -> 0;
    };
  }

  /** The greatest value: infinity of floats, 1 of bool; of 64-bit integers the next double. */
  public double highest() {
    return switch (kind) {
      case FLOAT -> Double.POSITIVE_INFINITY;
      case SIGNED -> Math.scalb(1.0, bytes * 8 - 1) - 1;
      case UNSIGNED -> Math.scalb(1.0, bytes * 8) - 1;
      case BOOL -> 1;
    };
  }

  /** The name in text forms: {@code f32}, {@code u8}, {@code bool}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Optional<DType> parse(String text) {
    for (DType t : values()) {
      if (t.text().equals(text)) {
        return Optional.of(t);
      }
    }
    return Optional.empty();
  }
}
