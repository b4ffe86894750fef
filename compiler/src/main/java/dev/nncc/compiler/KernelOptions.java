package dev.nncc.compiler;

import dev.nncc.tensor.winograd.Winograd;

/**
 * How kernels are made.
 *
 * @param scheduled for the machine; otherwise every loop stays plain and scalar
 * @param winograd which convolutions and matrix products take algorithms with fewer
 *     multiplications; their rounding errors are a few times larger and go by the largest numbers
 *     of a tile (Winograd) or of a picture or matrix (Strassen), whose rows may be samples that
 *     have nothing to do with each other; one infinity or NaN reaches other results there too
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
