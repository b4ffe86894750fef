/**
 * The unit of lowering: an anchor and the elementwise operators behind it. Only {@link
 * dev.nncc.tensor.region.Region}.
 */
@NullMarked
package dev.nncc.tensor.region;

import org.jspecify.annotations.NullMarked;
