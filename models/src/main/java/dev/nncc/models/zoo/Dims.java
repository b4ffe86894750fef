package dev.nncc.models.zoo;

import java.util.Map;
import java.util.TreeMap;

/**
 * The dimensions of one model: the architecture's defaults, overridden by the user's, all at least
 * 1.
 */
record Dims(Map<String, Long> values) {
  /**
   * @throws IllegalArgumentException with what would be allowed, for an unknown name or a value
   *     below 1
   */
  static Dims of(String model, Map<String, Long> defaults, Map<String, Long> overrides) {
    Map<String, Long> values = new TreeMap<>(defaults);
    overrides.forEach(
        (name, value) -> {
          if (!defaults.containsKey(name)) {
            throw new IllegalArgumentException(
                "%s has no dimension '%s'; it has %s".formatted(model, name, defaults));
          }
          if (value < 1 || value > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                "%s: dimension %s=%d is out of range".formatted(model, name, value));
          }
          values.put(name, value);
        });
    return new Dims(values);
  }

  int get(String name) {
    Long value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException("no dimension " + name);
    }
    return Math.toIntExact(value);
  }
}
