/** Tests of the ONNX writer. */
@NullMarked
package dev.nncc.models.onnx;

import org.jspecify.annotations.NullMarked;
