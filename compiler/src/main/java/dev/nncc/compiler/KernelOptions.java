package dev.nncc.compiler;

import dev.nncc.tensor.winograd.Winograd;

/**
 * How kernels are made.
 *
 * @param scheduled for the machine; otherwise every loop stays plain and scalar
 * @param winograd which convolutions take algorithms with fewer multiplications; their rounding
 *     errors are a few times larger, and one infinity or NaN in the input reaches all results of
 *     its tile
 */
public record KernelOptions(boolean scheduled, Winograd.Choice winograd) {
  public static final KernelOptions DEFAULT = new KernelOptions(true, Winograd.AUTO);

  public KernelOptions withScheduled(boolean on) {
    return new KernelOptions(on, winograd);
  }

  public KernelOptions withWinograd(Winograd.Choice choice) {
    return new KernelOptions(scheduled, choice);
  }
}
