/** The driver: one Java API that takes a model file to a compiled library. */
@NullMarked
package dev.nncc.compiler;

import org.jspecify.annotations.NullMarked;
