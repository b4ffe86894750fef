/** Standard architectures, built in Java with seeded weights, and the digits model. */
@NullMarked
package dev.nncc.models;

import org.jspecify.annotations.NullMarked;
