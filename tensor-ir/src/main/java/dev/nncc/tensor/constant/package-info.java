/** Constants as kernels read them. Start at {@link dev.nncc.tensor.constant.Packed}. */
@NullMarked
package dev.nncc.tensor.constant;

import org.jspecify.annotations.NullMarked;
