/**
 * The text form of kernels: {@link dev.nncc.tensor.text.Printer} writes it, {@link
 * dev.nncc.tensor.text.Parser} reads it back to an equal kernel, at every stage of scheduling.
 */
@NullMarked
package dev.nncc.tensor.text;

import org.jspecify.annotations.NullMarked;
