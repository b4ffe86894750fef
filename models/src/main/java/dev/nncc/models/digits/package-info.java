/**
 * The digits model's held-out pictures, for tests and demonstrations. The model itself is {@code
 * models/digits/digits.onnx}.
 */
@NullMarked
package dev.nncc.models.digits;

import org.jspecify.annotations.NullMarked;
