/**
 * What a run consists of: calls of kernels in order, where every value and constant lies, and how
 * constants are packed. Start at {@code RunPlan}.
 */
@NullMarked
package dev.nncc.tensor.plan;

import org.jspecify.annotations.NullMarked;
