package dev.nncc.tensor.plan;

import dev.nncc.tensor.constant.Packed;
import java.util.Locale;

/**
 * When weights get the form that Winograd's and Strassen's algorithms multiply with, which has up
 * to four times as many bytes as the weights of the model.
 */
public enum Expansion {
  /** As {@link #LOAD} where it is at least twice as large, else as {@link #COMPILE}. */
  AUTO(2),
  /** The library holds them as the model does; its first context makes the form, for all. */
  LOAD(0),
  /** The library holds them in that form, which processes that load it share. */
  COMPILE(Double.POSITIVE_INFINITY);

  private final double times;

  Expansion(double times) {
    this.times = times;
  }

  /** Whether a constant is made when the library is loaded. */
  boolean makes(Packed packed) {
    return packed.combination().isPresent()
        && packed.bytes() >= times * packed.source().type().bytes();
  }

  /** As users write it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
