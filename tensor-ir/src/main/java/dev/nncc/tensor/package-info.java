/** Tensor IR: computes over buffers, and schedules that shape their loop nests. */
@NullMarked
package dev.nncc.tensor;

import org.jspecify.annotations.NullMarked;
