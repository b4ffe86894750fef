/**
 * Recurrent layers whose steps were written out, brought back into one operator. Start at {@link
 * dev.nncc.passes.recurrent.RecogniseRecurrentLayers}.
 */
@NullMarked
package dev.nncc.passes.recurrent;

import org.jspecify.annotations.NullMarked;
