/**
 * Tensor IR kernels to LLVM IR text. Start at {@link dev.nncc.codegen.llvm.emit.KernelEmitter}.
 *
 * <p>The emitter decides what LLVM would otherwise have to find out: it widens vector loops,
 * expands unrolled ones, places address arithmetic at the loop that defines its innermost variable,
 * and reuses loads; only {@code mem2reg}, instruction selection, scheduling and register allocation
 * are left. It is plain Java: no native code, usable from any thread, equal input gives equal text.
 */
@NullMarked
package dev.nncc.codegen.llvm.emit;

import org.jspecify.annotations.NullMarked;
