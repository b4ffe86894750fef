/**
 * Tensors in files: {@code .npy} and ONNX {@code TensorProto}. Start at {@link
 * dev.nncc.frontend.tensor.TensorFiles}. Nothing here knows of graphs.
 */
@NullMarked
package dev.nncc.frontend.tensor;

import org.jspecify.annotations.NullMarked;
