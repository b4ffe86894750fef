/** Measures compiled libraries against other engines. */
@NullMarked
package dev.nncc.benchmarks;

import org.jspecify.annotations.NullMarked;
