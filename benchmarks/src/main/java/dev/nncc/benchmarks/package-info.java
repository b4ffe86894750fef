/**
 * Measures compiled libraries against another engine and writes down the results. Start with {@link
 * dev.nncc.benchmarks.Main}: each command fills records of {@link dev.nncc.benchmarks.Results},
 * which are kept as files, and {@link dev.nncc.benchmarks.ResultsText} makes the page of all of
 * them.
 */
@NullMarked
package dev.nncc.benchmarks;

import org.jspecify.annotations.NullMarked;
