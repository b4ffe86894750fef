/**
 * Standard architectures with seeded random weights, written as ONNX the way exporters write them:
 * nothing fused, shape arithmetic left in. Start at {@link dev.nncc.models.zoo.Zoo}; one family of
 * models is one class that implements {@link dev.nncc.models.zoo.Architecture} with the layers of
 * {@link dev.nncc.models.zoo.Net}.
 *
 * <p>The weights are scaled so that activations keep about unit size through any depth: every value
 * carries an estimate of its {@link dev.nncc.models.zoo.Moments}, and every layer draws weights
 * that bring its own result back to the size asked for.
 */
@NullMarked
package dev.nncc.models.zoo;

import org.jspecify.annotations.NullMarked;
