/** Readers of model files: what they yield is Graph IR. Each format has a package of its own. */
@NullMarked
package dev.nncc.frontend;

import org.jspecify.annotations.NullMarked;
