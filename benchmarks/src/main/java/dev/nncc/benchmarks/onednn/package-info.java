/**
 * Convolutions of oneDNN beside ours, shape by shape. Start at {@link
 * dev.nncc.benchmarks.onednn.ConvDuel}. oneDNN is no dependency: {@link
 * dev.nncc.benchmarks.onednn.OneDnnJars} fetches it, {@link dev.nncc.benchmarks.onednn.OneDnn}
 * calls it in a class loader of its own, since it needs another JavaCPP than the code generator.
 */
@NullMarked
package dev.nncc.benchmarks.onednn;

import org.jspecify.annotations.NullMarked;
