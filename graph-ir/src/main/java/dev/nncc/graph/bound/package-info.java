/**
 * How far a computation in floating point may be from exact arithmetic: a bound for each element,
 * carried through a graph beside its values. Two programs that mean the same and round anywhere are
 * within the sum of their bounds. Start at {@link dev.nncc.graph.bound.ErrorBounds}.
 */
@NullMarked
package dev.nncc.graph.bound;

import org.jspecify.annotations.NullMarked;
