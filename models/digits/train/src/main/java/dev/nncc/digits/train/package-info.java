/**
 * Makes the digits model from nothing but fonts: renders digits, trains a small network on them,
 * writes the ONNX file and the held-out pictures. Start at {@link
 * dev.nncc.digits.train.TrainDigits}.
 */
@NullMarked
package dev.nncc.digits.train;

import org.jspecify.annotations.NullMarked;
