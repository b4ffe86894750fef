/** Tests of the zoo. */
@NullMarked
package dev.nncc.models.zoo;

import org.jspecify.annotations.NullMarked;
