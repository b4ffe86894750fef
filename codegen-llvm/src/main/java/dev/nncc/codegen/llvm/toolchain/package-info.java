/**
 * Everything that touches LLVM: its library in this process, its {@code lld} and {@code clang} as
 * programs.
 *
 * <p>Start at {@link dev.nncc.codegen.llvm.toolchain.Llvm}. No other package of the product imports
 * {@code org.bytedeco}. LLVM is loaded by the first compilation, not before.
 */
@NullMarked
package dev.nncc.codegen.llvm.toolchain;

import org.jspecify.annotations.NullMarked;
