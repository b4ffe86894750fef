/**
 * Finds operators that exporters spelled out in smaller ones: activations and normalisations. The
 * patterns are those left by {@code simplify}: constants on the right, no subtraction of or
 * division by constants. Start at {@link dev.nncc.passes.recognise.RecogniseRules}.
 */
@NullMarked
package dev.nncc.passes.recognise;

import org.jspecify.annotations.NullMarked;
