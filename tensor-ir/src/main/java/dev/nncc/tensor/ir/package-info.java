/**
 * The tensor IR: loop nests over typed buffers. One IR from the naive perfect nest to the scheduled
 * kernel; directives rewrite it, the interpreter runs it at any point, the emitter takes it when it
 * is scheduled. Start at {@link dev.nncc.tensor.ir.Stmt}.
 */
@NullMarked
package dev.nncc.tensor.ir;

import org.jspecify.annotations.NullMarked;
