/**
 * Index arithmetic: {@link dev.nncc.tensor.index.Affine} is the canonical form of an i64
 * expression, {@link dev.nncc.tensor.index.Simplifier} applies it to whole kernels. Equal indices
 * have equal canonical forms, which is what legality conditions and address computation rest on.
 */
@NullMarked
package dev.nncc.tensor.index;

import org.jspecify.annotations.NullMarked;
