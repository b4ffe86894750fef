/**
 * What all importers share: the choices of the caller ({@code ImportOptions}), what an importer is
 * ({@code Importer}, {@code OpenModel}) and the means to translate a node ({@code ImportedNode},
 * {@code Emitter}).
 *
 * <p>All shapes are known while importing, so that arithmetic on shapes is evaluated on the way
 * ({@code Emitter}) and never reaches the graph.
 */
@NullMarked
package dev.nncc.frontend.importing;

import org.jspecify.annotations.NullMarked;
