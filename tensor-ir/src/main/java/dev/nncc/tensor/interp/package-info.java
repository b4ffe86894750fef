/**
 * What a kernel means, at every stage of scheduling: {@link dev.nncc.tensor.interp.Interpreter}
 * runs it on byte memory, checking every index, with the arithmetic of {@link
 * dev.nncc.tensor.interp.Arithmetic}.
 */
@NullMarked
package dev.nncc.tensor.interp;

import org.jspecify.annotations.NullMarked;
