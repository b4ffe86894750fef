package dev.nncc.models.zoo;

import java.util.Map;

/** One model of the zoo: what it's called, what may be set, how it's built. */
interface Architecture {
  /** The name users type. */
  String name();

  /** One line for lists. */
  String summary();

  /** Settable dimensions with their defaults. */
  Map<String, Long> dims();

  /** Adds inputs, layers and outputs to {@code net}. */
  void build(Net net, Dims dims);
}
