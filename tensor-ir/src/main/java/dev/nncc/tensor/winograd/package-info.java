/**
 * Convolutions with fewer multiplications: which minimal filtering algorithm a convolution takes,
 * its matrices, and straight code for them. Start at {@link dev.nncc.tensor.winograd.Winograd}.
 */
@org.jspecify.annotations.NullMarked
package dev.nncc.tensor.winograd;
