package dev.nncc.codegen.llvm.emit;

import dev.nncc.graph.DType;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Spelling of types and literals. */
final class Spelling {
  private Spelling() {}

  /** How a value of the type is held. */
  static String value(DType t) {
    return switch (t) {
      case F64 -> "double";
      case F32, F16, BF16 -> "float";
      case BOOL -> "i1";
      default -> "i" + 8 * t.bytes();
    };
  }

  /** How an element lies in memory. */
  static String memory(DType t) {
    return switch (t) {
      case F64 -> "double";
      case F32 -> "float";
      default -> "i" + 8 * t.bytes();
    };
  }

  static String vector(String element, int lanes) {
    return lanes == 1 ? element : "<" + lanes + " x " + element + ">";
  }

  /** The part of an intrinsic's name: {@code v16f32}, {@code i64}. */
  static String suffix(String element, int lanes) {
    String e =
        switch (element) {
          case "float" -> "f32";
          case "double" -> "f64";
          case "half" -> "f16";
          default -> element;
        };
    return lanes == 1 ? e : "v" + lanes + e;
  }

  static String literal(DType t, Number v) {
    if (t == DType.F64) {
      return String.format(Locale.ROOT, "0x%016X", Double.doubleToRawLongBits(v.doubleValue()));
    }
    if (t.isFloat()) {
      double d = v.floatValue();
      return String.format(Locale.ROOT, "0x%016X", Double.doubleToRawLongBits(d));
    }
    if (t == DType.BOOL) {
      return v.longValue() != 0 ? "true" : "false";
    }
    return Long.toString(v.longValue());
  }

  /** {@code <i32 0, i32 1, ..>}. */
  static String iota(String element, int lanes) {
    return IntStream.range(0, lanes)
        .mapToObj(i -> element + " " + i)
        .collect(Collectors.joining(", ", "<", ">"));
  }

  /** A name that needs no quotes. */
  static String name(String s) {
    StringBuilder b = new StringBuilder();
    for (char c : s.toCharArray()) {
      boolean plain = c < 128 && (Character.isLetterOrDigit(c) || c == '_' || c == '.');
      b.append(plain ? String.valueOf(c) : "$" + Integer.toHexString(c));
    }
    return b.toString();
  }
}
