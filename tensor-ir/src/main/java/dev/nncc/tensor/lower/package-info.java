/**
 * From regions of the graph IR to unscheduled kernels. Start at {@link
 * dev.nncc.tensor.lower.Lowerings}; a lowering writes pure computes by logical index and {@link
 * dev.nncc.tensor.lower.PhaseBuilder} resolves where the values lie. Schedules do not belong here.
 */
@NullMarked
package dev.nncc.tensor.lower;

import org.jspecify.annotations.NullMarked;
