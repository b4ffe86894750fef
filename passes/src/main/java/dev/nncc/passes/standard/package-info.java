/**
 * The order in which a compilation runs the passes, and what it reports of them. Start at {@link
 * dev.nncc.passes.standard.Pipelines}.
 */
@NullMarked
package dev.nncc.passes.standard;

import org.jspecify.annotations.NullMarked;
