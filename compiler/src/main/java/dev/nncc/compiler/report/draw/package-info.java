/**
 * Drawings of graphs: a place for each box, a path for each line. Start at {@link
 * dev.nncc.compiler.report.draw.LayeredDrawing}.
 */
@NullMarked
package dev.nncc.compiler.report.draw;

import org.jspecify.annotations.NullMarked;
