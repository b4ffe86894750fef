package dev.nncc.codegen.llvm.emit;

import dev.nncc.graph.DType;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Pairs of bf16, each in a lane of 32 bits, and their dot products. */
final class Pairs {
  private final Code code;
  private final Arith arith;
  private final Halves halves;
  private final Target target;

  Pairs(Code code, Arith arith, Halves halves, Target target) {
    this.code = code;
    this.arith = arith;
    this.halves = halves;
    this.target = target;
  }

  /** {@code c + a0*b0 + a1*b1} in each lane. */
  Val dot(Val x, Val y, Val z) {
    int n = Math.max(x.lanes(), Math.max(y.lanes(), z.lanes()));
    Val a = code.splat(x, n);
    Val b = code.splat(y, n);
    Val c = code.splat(z, n);
    int bits = 32 * n;
    boolean whole =
        target.isX86() ? bits == 128 || bits == 256 || bits == 512 : bits == 64 || bits == 128;
    return target.hasBf16() && whole ? instruction(a, b, c, bits) : products(a, b, c);
  }

  private Val instruction(Val a, Val b, Val c, int bits) {
    String pairs = Spelling.vector("bfloat", 2 * c.lanes());
    String name =
        target.isX86()
            ? "@llvm.x86.avx512bf16.dpbf16ps." + bits
            : "@llvm.aarch64.neon.bfdot.v" + c.lanes() + "f32.v" + 2 * c.lanes() + "bf16";
    String type = c.llvm();
    code.declare(type + " " + name + "(" + type + ", " + pairs + ", " + pairs + ")");
    String p = code.assign("bitcast " + a + " to " + pairs);
    String q = code.assign("bitcast " + b + " to " + pairs);
    String args = c + ", " + pairs + " " + p + ", " + pairs + " " + q;
    return code.op(DType.F32, c.lanes(), "call " + type + " " + name + "(" + args + ")");
  }

  /**
   * Two floats in each lane, rounded; the first in the low half.
   *
   * @param exact whether both have values of bf16
   */
  Val pair(Val x, Val y, boolean exact) {
    int n = Math.max(x.lanes(), y.lanes());
    Val low = code.splat(x, n);
    Val high = code.splat(y, n);
    int bits = 32 * n;
    boolean whole = bits == 128 || bits == 256 || bits == 512;
    return target.isX86() && target.hasBf16() && whole && !exact
        ? converted(low, high, bits)
        : halves.pair(low, high, exact);
  }

  /** One instruction converts both; theirs lie one behind the other. */
  private Val converted(Val low, Val high, int bits) {
    int n = low.lanes();
    String both = Spelling.vector("bfloat", 2 * n);
    String name = "@llvm.x86.avx512bf16.cvtne2ps2bf16." + bits;
    code.declare(both + " " + name + "(" + low.llvm() + ", " + low.llvm() + ")");
    String c = code.assign("call " + both + " " + name + "(" + high + ", " + low + ")");
    String order =
        IntStream.range(0, 2 * n)
            .mapToObj(i -> "i32 " + (i / 2 + i % 2 * n))
            .collect(Collectors.joining(", "));
    String mixed =
        code.assign(
            String.format(
                Locale.ROOT,
                "shufflevector %s %s, %s poison, <%d x i32> <%s>",
                both,
                c,
                both,
                2 * n,
                order));
    return code.op(
        DType.U32, n, "bitcast " + both + " " + mixed + " to " + Spelling.vector("i32", n));
  }

  private Val products(Val a, Val b, Val c) {
    return arith.fma(half(a, true), half(b, true), arith.fma(half(a, false), half(b, false), c));
  }

  private Val half(Val pairs, boolean upper) {
    Val v = halves.ofPair(pairs, upper);
    return new Val(v.ssa(), DType.F32, v.lanes());
  }
}
