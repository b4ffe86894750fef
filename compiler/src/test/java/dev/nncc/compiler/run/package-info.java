/** Tests of this package. */
@NullMarked
package dev.nncc.compiler.run;

import org.jspecify.annotations.NullMarked;
