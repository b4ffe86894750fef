<<<<<<< HEAD
/** Graph IR: immutable graphs of typed operators. Knows no file format and no target. */
=======
/**
 * The graph IR: immutable data-flow graphs of typed operators. Start at {@link dev.nncc.graph.Graph} and {@link dev.nncc.graph.Op}; the operators are in {@code
 * dev.nncc.graph.op}, one sealed family a file group. File formats, loops and targets do not belong here.
 */
>>>>>>> 8639ee2 (Graph IR and tensor IR: types, graphs and loop nests in their final form)
@NullMarked
package dev.nncc.graph;

import org.jspecify.annotations.NullMarked;
