/** Rewrites of Graph IR into better Graph IR that means the same. */
@NullMarked
package dev.nncc.passes;

import org.jspecify.annotations.NullMarked;
