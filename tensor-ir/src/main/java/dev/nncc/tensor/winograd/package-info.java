/**
 * Convolutions with fewer multiplications: which algorithm a convolution takes (minimal filtering,
 * or products of halves for one tap), its matrices, and straight code for them. Start at {@link
 * dev.nncc.tensor.winograd.Winograd}.
 */
@NullMarked
package dev.nncc.tensor.winograd;

import org.jspecify.annotations.NullMarked;
