/** Graph IR: immutable graphs of typed operators. Knows no file format and no target. */
@NullMarked
package dev.nncc.graph;

import org.jspecify.annotations.NullMarked;
