/**
 * Compiled libraries on whole tensors: finding the library that a path names, running it, comparing
 * what it gives with what is expected. Start at {@link dev.nncc.compiler.run.CompiledModel}.
 *
 * <p>Applications use {@code dev.nncc.runtime} instead, which copies nothing.
 */
@NullMarked
package dev.nncc.compiler.run;

import org.jspecify.annotations.NullMarked;
