package dev.nncc.graph.text;

import dev.nncc.graph.DType;
import dev.nncc.graph.Seed;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What stands for a constant's elements. */
final class ConstantText {
  /** Larger constants are named by their hash. */
  static final int MOST_ELEMENTS = 16;

  /** Numbers as they stand in a model; longer ones are left out of sketches. */
  private static final int SHORT_NUMBER = 7;

  private static final int HASH_BYTES = 8;

  private ConstantText() {}

  static String named(String name, String source) {
    return name.isEmpty() ? "#" + source : "#" + name(name) + "=" + source;
  }

  private static String name(String name) {
    return Names.isWord(name) ? name : Names.quoted(name);
  }

  static String seeded(boolean sketch, String name, Seed seed) {
    if (!name.isEmpty() && seed.equals(Seed.of(name))) {
      return "#" + name(name);
    }
    boolean usual = seed.equals(Seed.of(seed.value()));
    String range = usual ? "" : ", " + seed.low() + ", " + seed.high();
    return named(sketch ? "" : name, "seed(" + seed.value() + range + ")");
  }

  /** The elements, unless there are many. */
  static Optional<String> literal(boolean sketch, String name, Tensor t) {
    if (t.elements() > MOST_ELEMENTS) {
      return Optional.empty();
    }
    Tensor.Elements e = t.reader();
    List<String> texts =
        IntStream.range(0, (int) t.elements()).mapToObj(i -> element(t.dtype(), e, i)).toList();
    if (sketch && texts.stream().anyMatch(s -> t.dtype().isFloat() && s.length() > SHORT_NUMBER)) {
      return Optional.empty();
    }
    String all = texts.stream().collect(Collectors.joining(", ", "{", "}"));
    return Optional.of(named(sketch ? "" : name, all));
  }

  private static String element(DType type, Tensor.Elements e, int i) {
    return switch (type) {
      case F64 -> Double.toString(e.number(i));
      case F32, F16, BF16 -> Float.toString((float) e.number(i));
      case U64 -> Long.toUnsignedString(e.integer(i));
      case BOOL -> e.integer(i) == 0 ? "false" : "true";
      default -> Long.toString(e.integer(i));
    };
  }

  /** Sixteen hexadecimal digits that name the bytes. */
  static String hash(Tensor t) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(t.payload().bytes());
      return HexFormat.of().formatHex(digest.digest(), 0, HASH_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** After the brace, up to and with the closing one; the type stands behind. */
  static List<String> elements(Cursor c) {
    List<String> texts = new ArrayList<>();
    while (!c.accept('}')) {
      if (!texts.isEmpty()) {
        c.expect(',');
      }
      texts.add(c.numberText());
    }
    return texts;
  }

  /**
   * @throws NumberFormatException if a text is no element of the type
   */
  static Tensor parse(TensorType type, List<String> texts) {
    TensorBuilder b = new TensorBuilder(type);
    for (int i = 0; i < texts.size(); i++) {
      String s = texts.get(i);
      switch (type.dtype()) {
        case F64 -> b.set(i, Double.parseDouble(s));
        case F32, F16, BF16 -> b.set(i, Float.parseFloat(s));
        case U64 -> b.set(i, Long.parseUnsignedLong(s));
        case BOOL -> b.set(i, bool(s));
        default -> b.set(i, integer(type.dtype(), s));
      }
    }
    return b.build();
  }

  private static long bool(String s) {
    return switch (s) {
      case "true", "1" -> 1;
      case "false", "0" -> 0;
      default -> throw new NumberFormatException(s + " is neither true nor false");
    };
  }

  private static long integer(DType type, String s) {
    long v = Long.parseLong(s);
    if (v < type.lowest() || v > type.highest()) {
      throw new NumberFormatException(s + " is out of range");
    }
    return v;
  }
}
