/**
 * Runs whole plans in the interpreter, to check everything above code generation. Only {@link
 * dev.nncc.tensor.verify.PlanInterpreter}.
 */
@NullMarked
package dev.nncc.tensor.verify;

import org.jspecify.annotations.NullMarked;
