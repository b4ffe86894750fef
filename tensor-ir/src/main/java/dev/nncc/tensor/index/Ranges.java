package dev.nncc.tensor.index;

import java.util.Map;

/** The interval of each variable; {@link Range#ALL} where nothing is known. */
public interface Ranges {
  Ranges UNKNOWN = v -> Range.ALL;

  Range of(String variable);

  static Ranges of(Map<String, Range> known) {
    return v -> known.getOrDefault(v, Range.ALL);
  }
}
