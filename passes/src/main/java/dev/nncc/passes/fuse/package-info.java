/**
 * Passes that decide what becomes one kernel. Start at {@link dev.nncc.passes.fuse.FuseVertically}.
 * How a region is computed is not decided here.
 */
@NullMarked
package dev.nncc.passes.fuse;

import org.jspecify.annotations.NullMarked;
