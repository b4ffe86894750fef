/**
 * The rewrite engine: rules rooted at a node, applied to a fixpoint. Start at {@link
 * dev.nncc.passes.rewrite.Rule} and {@link dev.nncc.passes.rewrite.RewritePass}. The rules
 * themselves live beside this package.
 */
@NullMarked
package dev.nncc.passes.rewrite;

import org.jspecify.annotations.NullMarked;
