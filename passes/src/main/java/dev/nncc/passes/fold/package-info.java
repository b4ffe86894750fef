/**
 * Scales and shifts that constants can take over: batch normalisation and what it decomposes into,
 * folded into the weights of the contraction in front of it. Start at {@link
 * dev.nncc.passes.fold.FoldRules}.
 */
@NullMarked
package dev.nncc.passes.fold;

import org.jspecify.annotations.NullMarked;
