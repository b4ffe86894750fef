/**
 * Algebra on single operators and short chains: canonical forms, neutral operands, movement
 * operators that cancel. Start at {@link dev.nncc.passes.simplify.SimplifyRules}.
 */
@NullMarked
package dev.nncc.passes.simplify;

import org.jspecify.annotations.NullMarked;
