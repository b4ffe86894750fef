/**
 * Convolutions and matrix products with fewer multiplications: which algorithm they take (minimal
 * filtering, or products of halves), its matrices, and straight code for them. Start at {@link
 * dev.nncc.tensor.winograd.Winograd}.
 */
@NullMarked
package dev.nncc.tensor.winograd;

import org.jspecify.annotations.NullMarked;
