@NullMarked
package dev.nncc.frontend.tensorflow;

import org.jspecify.annotations.NullMarked;
