/**
 * Stored tests (a model, inputs, expected outputs) through the whole compiler: finding them,
 * running one, spreading many over worker processes, counting. Start at {@link
 * dev.nncc.compiler.conformance.Conformance}.
 */
@NullMarked
package dev.nncc.compiler.conformance;

import org.jspecify.annotations.NullMarked;
