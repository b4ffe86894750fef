/**
 * Writes ONNX files. Start at {@link dev.nncc.models.onnx.OnnxGraphBuilder}: nodes, inputs and
 * outputs are kept as messages, tensors as recipes ({@link dev.nncc.models.onnx.TensorContent})
 * that are run only while the file is written, so a model of hundreds of megabytes needs little
 * memory. Nothing here knows what an operator means.
 */
@NullMarked
package dev.nncc.models.onnx;

import org.jspecify.annotations.NullMarked;
