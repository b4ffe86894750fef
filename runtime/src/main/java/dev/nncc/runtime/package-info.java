/**
 * Runs models compiled by nncc: {@link dev.nncc.runtime.Model#load} opens a library, {@link
 * dev.nncc.runtime.Context} holds memory and threads and runs it.
 *
 * <p>This is what an application depends on: it needs nothing but the JDK and the compiled library,
 * which brings the native side with it. No LLVM, no compiler here.
 */
@NullMarked
package dev.nncc.runtime;

import org.jspecify.annotations.NullMarked;
