/**
 * What the compiler hands over for one library: the run plan as plain records, free of LLVM and of
 * files.
 *
 * <p>Start at {@link dev.nncc.codegen.llvm.plan.ModelSpec}. The records mirror {@code nncc_plan.h}
 * of the runtime, with loops and branches as nested lists instead of jump targets.
 */
@NullMarked
package dev.nncc.codegen.llvm.plan;

import org.jspecify.annotations.NullMarked;
