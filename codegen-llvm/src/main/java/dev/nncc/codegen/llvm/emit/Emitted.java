package dev.nncc.codegen.llvm.emit;

/**
 * A kernel as a module of its own.
 *
 * @param llvm the whole module's text; it defines {@code void @NAME(ptr args, ptr scratch, ptr
 *     dims, i64 lo, i64 hi)}
 * @param scratchBytes what one worker needs behind {@code scratch}, which is 64-byte aligned
 */
public record Emitted(String llvm, long scratchBytes) {}
