/**
 * The graph IR: immutable data-flow graphs of typed operators. Start at {@link
 * dev.nncc.graph.Graph} and {@link dev.nncc.graph.Op}; the operators are in {@code
 * dev.nncc.graph.op}, one sealed family a file group. File formats, loops and targets do not belong
 * here.
 */
@NullMarked
package dev.nncc.graph;

import org.jspecify.annotations.NullMarked;
