/**
 * The {@code .nn} text form of graphs: one node a line, prints and parses without loss. Start at
 * {@link dev.nncc.graph.text.GraphPrinter}, whose documentation shows the form; {@link
 * dev.nncc.graph.text.GraphFiles} keeps large constants in a file beside the text. Model formats of
 * others do not belong here.
 */
@NullMarked
package dev.nncc.graph.text;

import org.jspecify.annotations.NullMarked;
