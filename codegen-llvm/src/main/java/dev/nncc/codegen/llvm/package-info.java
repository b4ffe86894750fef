/** From tensor IR to LLVM IR text, to objects and to a linked shared library. */
@NullMarked
package dev.nncc.codegen.llvm;

import org.jspecify.annotations.NullMarked;
