package dev.nncc.compiler;

import dev.nncc.tensor.winograd.Winograd;

/**
 * How kernels are made.
 *
 * @param scheduled for the machine; otherwise every loop stays plain and scalar
 * @param winograd which convolutions take algorithms with fewer multiplications; their rounding
 *     errors are a few times larger, and one infinity or NaN in the input reaches all results of
 *     its tile
 * @param tuning schedules of some kernels, in place of those that the rule makes
 */
public record KernelOptions(boolean scheduled, Winograd.Choice winograd, Tuning tuning) {
  public static final KernelOptions DEFAULT = new KernelOptions(true, Winograd.AUTO, Tuning.NONE);

  public KernelOptions withScheduled(boolean on) {
    return new KernelOptions(on, winograd, tuning);
  }

  public KernelOptions withWinograd(Winograd.Choice choice) {
    return new KernelOptions(scheduled, choice, tuning);
  }

  public KernelOptions withTuning(Tuning found) {
    return new KernelOptions(scheduled, winograd, found);
  }
}
