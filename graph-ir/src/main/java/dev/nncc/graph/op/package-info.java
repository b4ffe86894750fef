/**
 * The operators: one record each, its attributes as components, in the families that passes speak
 * of. Start with the family's sealed interface.
 */
@NullMarked
package dev.nncc.graph.op;

import org.jspecify.annotations.NullMarked;
