package dev.nncc.maven;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * An input or output as the compiler describes it.
 *
 * @param dtype as in {@code dev.nncc.runtime.DType}
 * @param dims the largest that a run may have
 */
record TensorFacts(String name, String dtype, List<Long> dims) {
  static TensorFacts of(JsonNode node) {
    List<Long> dims = new ArrayList<>();
    node.path("dims").forEach(d -> dims.add(d.asLong()));
    String dtype = node.path("dtype").asText().toUpperCase(Locale.ROOT);
    return new TensorFacts(node.path("name").asText(), dtype, List.copyOf(dims));
  }

  long elements() {
    return dims.stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
  }

  /** {@code f32[1, 3, 224, 224]}. */
  String typeText() {
    return dtype.toLowerCase(Locale.ROOT)
        + dims.stream().map(String::valueOf).collect(Collectors.joining(", ", "[", "]"));
  }

  String nameText() {
    return JavaText.string(name);
  }

  /** The kind of buffer that holds such elements. */
  String buffer() {
    return switch (dtype) {
      case "F32" -> "FloatBuffer";
      case "F64" -> "DoubleBuffer";
      case "I64", "U64" -> "LongBuffer";
      case "I32", "U32" -> "IntBuffer";
      case "I16", "U16", "F16", "BF16" -> "ShortBuffer";
      default -> "ByteBuffer";
    };
  }

  /** What makes that buffer of one of bytes. */
  String view() {
    return buffer().equals("ByteBuffer")
        ? ".slice().order(ByteOrder.nativeOrder())"
        : ".as" + buffer() + "()";
  }

  /** What Java's type does not say. */
  String note() {
    return switch (dtype) {
      case "F16" -> "Each element holds the bits of a 16-bit float of IEEE 754.";
      case "BF16" -> "Each element holds the upper 16 bits of a float.";
      case "BOOL" -> "Each element is 0 or 1.";
      case "U8", "U16", "U32", "U64" -> "Elements have no sign.";
      default -> "";
    };
  }
}
