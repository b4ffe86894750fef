/** Loads libraries that nncc compiled and runs them from Java. Depends on nothing but the JDK. */
@NullMarked
package dev.nncc.runtime;

import org.jspecify.annotations.NullMarked;
