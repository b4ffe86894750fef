package dev.nncc.runtime;

/**
 * Times of one kernel since the context was created; zero without {@link ContextOptions#profile()}.
 *
 * @param sourceNodes nodes of the imported model that it computes, joined by semicolons
 * @param flops floating-point operations of one call
 * @param bytes bytes that one call reads and writes
 */
public record KernelProfile(
    String name,
    String sourceNodes,
    long calls,
    long totalNanos,
    long minNanos,
    double flops,
    double bytes) {}
