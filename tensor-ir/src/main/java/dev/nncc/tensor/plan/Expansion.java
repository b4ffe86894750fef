package dev.nncc.tensor.plan;

import java.util.Locale;

/**
 * When weights get the form that Winograd's and Strassen's algorithms multiply with, which has up
 * to four times as many bytes as the weights of the model.
 */
public enum Expansion {
  /** The library holds them as the model does; its first context makes the form, for all. */
  LOAD,
  /** The library holds them in that form, which processes that load it share. */
  COMPILE;

  /** As users write it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
