/**
 * Where the values of a fused graph lie: which are blocked, which get borders, which are views of
 * others, which memory they own. Start at {@link dev.nncc.tensor.placement.Placement}; addresses
 * are fixed later, by the run plan.
 */
@NullMarked
package dev.nncc.tensor.placement;

import org.jspecify.annotations.NullMarked;
