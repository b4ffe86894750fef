package dev.nncc.codegen.llvm.emit;

import dev.nncc.codegen.llvm.toolchain.LlvmTarget;
import dev.nncc.codegen.llvm.toolchain.Machine;
import java.util.stream.Stream;

/**
 * What the emitter needs to know of a CPU, and what code generation is told.
 *
 * @param cpu an LLVM CPU name
 * @param features LLVM feature string ({@code +avx2,-avx512f}), may be empty
 * @param vectorBits the widest vector register
 * @param hasFma fused multiply-add
 * @param hasMaskedOps AVX-512 style predication of loads, stores and arithmetic
 * @param hasF16C conversions between f16 and f32 in hardware
 * @param hasBf16 conversions and dot products of bf16 in hardware
 */
public record Target(
    String triple,
    String cpu,
    String features,
    int vectorBits,
    boolean hasFma,
    boolean hasMaskedOps,
    boolean hasF16C,
    boolean hasBf16) {
  private static final String X86 = "x86_64-unknown-linux-gnu";

  public static final Target X86_64_V2 =
      new Target(X86, "x86-64-v2", "", 128, false, false, false, false);
  public static final Target X86_64_V3 =
      new Target(X86, "x86-64-v3", "", 256, true, false, true, false);
  public static final Target X86_64_V4 =
      new Target(X86, "x86-64-v4", "", 512, true, true, true, false);
  public static final Target AARCH64 =
      new Target("aarch64-unknown-linux-gnu", "generic", "", 128, true, false, true, false);

  /** The same target as code generation sees it. */
  public static Target of(LlvmTarget t) {
    if (t.machine() == Machine.AARCH64) {
      return new Target(
          t.machine().triple(), t.cpu(), t.features(), 128, true, false, true, t.has("bf16"));
    }
    boolean masks = Stream.of("avx512f", "avx512bw", "avx512vl", "avx512dq").allMatch(t::has);
    return new Target(
        t.machine().triple(),
        t.cpu(),
        t.features(),
        masks ? 512 : t.has("avx2") ? 256 : 128,
        t.has("fma"),
        masks,
        t.has("f16c"),
        masks && t.has("avx512bf16"));
  }

  /** Vector registers. */
  int registers() {
    return isX86() && vectorBits < 512 ? 16 : 32;
  }

  boolean isX86() {
    return triple.startsWith("x86_64");
  }
}
