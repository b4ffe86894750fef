/**
 * Schedules that were found by measuring. Start at {@link dev.nncc.compiler.tune.Tuner}, which
 * searches; {@link dev.nncc.compiler.Tuning} is what it finds, and a file. The rule that makes
 * schedules without measuring belongs in {@code tensor-ir}.
 */
@NullMarked
package dev.nncc.compiler.tune;

import org.jspecify.annotations.NullMarked;
