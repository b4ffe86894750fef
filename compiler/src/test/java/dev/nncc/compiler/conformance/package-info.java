/** Tests of this package. */
@NullMarked
package dev.nncc.compiler.conformance;

import org.jspecify.annotations.NullMarked;
