/** Tests of the digits model. */
@NullMarked
package dev.nncc.models.digits;

import org.jspecify.annotations.NullMarked;
