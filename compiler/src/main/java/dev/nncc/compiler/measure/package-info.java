/**
 * What this machine can do, measured with kernels that our own code generator makes, and how near a
 * model's kernels come to it. Start at {@link dev.nncc.compiler.measure.Peaks}. Comparison with
 * other programs belongs in {@code peer}.
 */
@NullMarked
package dev.nncc.compiler.measure;

import org.jspecify.annotations.NullMarked;
