/**
 * Graphs put together at random over all operators, for tests: valid, small, the same for the same
 * seed. Start at {@link dev.nncc.graph.random.RandomGraph}; {@link dev.nncc.graph.random.Shrink}
 * makes a graph that shows a fault as small as it can.
 */
@NullMarked
package dev.nncc.graph.random;

import org.jspecify.annotations.NullMarked;
