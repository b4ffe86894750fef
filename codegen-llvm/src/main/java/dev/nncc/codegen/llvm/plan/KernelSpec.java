package dev.nncc.codegen.llvm.plan;

/**
 * A kernel of the library.
 *
 * @param name what reports and profiles call it
 * @param symbol the function in one of the objects: {@code void (ptr args, ptr scratch, ptr dims,
 *     i64 lo, i64 hi)}
 * @param sourceNodes the nodes of the imported model that it computes, joined by semicolons
 * @param flops floating-point operations of one call over its whole extent
 * @param bytes bytes that such a call reads and writes
 */
public record KernelSpec(
    String name, String symbol, String sourceNodes, double flops, double bytes) {}
