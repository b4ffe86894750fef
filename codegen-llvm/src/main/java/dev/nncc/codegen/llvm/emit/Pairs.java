package dev.nncc.codegen.llvm.emit;

import dev.nncc.graph.DType;

/** Dot products of pairs of bf16, each pair in a lane of 32 bits. */
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

  private Val products(Val a, Val b, Val c) {
    return arith.fma(half(a, true), half(b, true), arith.fma(half(a, false), half(b, false), c));
  }

  private Val half(Val pairs, boolean upper) {
    Val v = halves.ofPair(pairs, upper);
    return new Val(v.ssa(), DType.F32, v.lanes());
  }
}
