/**
 * Finds what is wrong with a compiled model: the first kernel that is not what its region computes,
 * and which part of the compiler made it so; or the pass and the rule that changed what the graph
 * means. Start at {@link dev.nncc.compiler.verify.Verification}.
 */
@NullMarked
package dev.nncc.compiler.verify;

import org.jspecify.annotations.NullMarked;
