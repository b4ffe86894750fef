/**
 * What makes a graph smaller without knowing what operators mean: unreachable nodes, constants,
 * duplicates. Start anywhere; each class is a pass or a rule of its own.
 */
@NullMarked
package dev.nncc.passes.clean;

import org.jspecify.annotations.NullMarked;
