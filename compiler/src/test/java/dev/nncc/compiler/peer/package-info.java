/** Tests of this package. */
@NullMarked
package dev.nncc.compiler.peer;

import org.jspecify.annotations.NullMarked;
