/**
 * Convolutions with fewer multiplications: which minimal filtering algorithm a convolution takes,
 * its matrices, and straight code for them. Start at {@link dev.nncc.tensor.winograd.Winograd}.
 */
@NullMarked
package dev.nncc.tensor.winograd;

import org.jspecify.annotations.NullMarked;
