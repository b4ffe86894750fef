/**
 * ONNX models to Graph IR. Start at {@link dev.nncc.frontend.onnx.OnnxImporter}; {@code
 * OperatorTable} lists the operator families, each a class with one method for each range of
 * operator set versions that means the same. Differences between versions end here: the Graph IR
 * has one meaning for each operator.
 *
 * <p>All shapes are known while importing, so that arithmetic on shapes is evaluated on the way
 * ({@code Emitter}) and never reaches the graph.
 */
@NullMarked
package dev.nncc.frontend.onnx;

import org.jspecify.annotations.NullMarked;
