/**
 * Storage of less than 32 bits for the factors of products, on request. Start at {@link
 * dev.nncc.passes.precision.LowerPrecision}. What it decides is in the graph as casts, so the
 * evaluator computes what the compiled model does.
 */
@NullMarked
package dev.nncc.passes.precision;

import org.jspecify.annotations.NullMarked;
