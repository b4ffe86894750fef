/**
 * What a pass is and how passes run one after the other. Start at {@link dev.nncc.passes.Pass} and
 * {@link dev.nncc.passes.Pipeline}; the rewrite engine is in {@code rewrite}, the passes themselves
 * in the packages beside it, and the order in which a compilation runs them in {@code standard}.
 * Loops, layouts and targets do not belong here.
 */
@NullMarked
package dev.nncc.passes;

import org.jspecify.annotations.NullMarked;
