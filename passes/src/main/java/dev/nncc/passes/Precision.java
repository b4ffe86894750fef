package dev.nncc.passes;

import dev.nncc.graph.DType;
import java.util.Locale;

/**
 * In which types the factors of convolutions and matrix products lie in memory. Sums are f32 all
 * the same, and so is everything else: residuals, normalisations, softmax.
 *
 * @param weights of constant factors
 * @param activations of what they are multiplied with; F32 leaves it alone
 */
public record Precision(DType weights, DType activations) {
  public static final Precision FP32 = new Precision(DType.F32, DType.F32);

  /** Both factors are rounded, for processors with instructions on bf16. */
  public static final Precision BF16 = new Precision(DType.BF16, DType.BF16);

  /** Half the bytes of the weights, arithmetic as ever. */
  public static final Precision BF16_WEIGHTS = new Precision(DType.BF16, DType.F32);

  /** Half the bytes of both factors, arithmetic in f32. */
  public static final Precision FP16 = new Precision(DType.F16, DType.F16);

  /** As users write it: fp32, bf16 or fp16. */
  public String text() {
    return (weights == DType.BF16 ? "bf" : "fp") + 8 * weights.bytes();
  }

  /** The precision of that name, on processors with instructions for it. */
  public static Precision of(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "fp32" -> FP32;
      case "bf16" -> BF16;
      case "fp16" -> FP16;
      default -> throw new IllegalArgumentException("no precision " + text);
    };
  }
}
