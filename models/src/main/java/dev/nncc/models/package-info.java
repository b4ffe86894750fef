/**
 * Models that nncc makes itself: an ONNX writer ({@code dev.nncc.models.onnx}), standard
 * architectures with random weights ({@code dev.nncc.models.zoo}).
 */
@NullMarked
package dev.nncc.models;

import org.jspecify.annotations.NullMarked;
