package dev.nncc.passes;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a user decides about passes.
 *
 * @param disabled names of passes and rules that are left out
 * @param allowed the least exact rules that may run
 * @param foldLimit constants computed at compile time may be this many bytes, or as large as what
 *     they are computed from
 * @param outputs names of the values that become the outputs; empty keeps the model's own
 * @param stopAfter rule applications after which no rule fires any more, to search for a wrong one
 * @param precision of the factors of products
 * @param verify whether the types of all nodes are inferred anew and compared after each pass
 */
public record PassOptions(
    Set<String> disabled,
    Exactness allowed,
    long foldLimit,
    List<String> outputs,
    long stopAfter,
    Precision precision,
    boolean verify) {
  public static final PassOptions DEFAULT =
      new PassOptions(
          Set.of(),
          Exactness.REASSOCIATES,
          1 << 20,
          List.of(),
          Long.MAX_VALUE,
          Precision.FP32,
          false);

  public PassOptions {
    disabled = Collections.unmodifiableSet(new TreeSet<>(disabled));
    outputs = List.copyOf(outputs);
  }

  public PassOptions withDisabled(Collection<String> names) {
    return new PassOptions(
        new TreeSet<>(names), allowed, foldLimit, outputs, stopAfter, precision, verify);
  }

  public PassOptions withAllowed(Exactness leastExact) {
    return new PassOptions(disabled, leastExact, foldLimit, outputs, stopAfter, precision, verify);
  }

  public PassOptions withOutputs(List<String> names) {
    return new PassOptions(disabled, allowed, foldLimit, names, stopAfter, precision, verify);
  }

  public PassOptions withStopAfter(long applications) {
    return new PassOptions(disabled, allowed, foldLimit, outputs, applications, precision, verify);
  }

  public PassOptions withPrecision(Precision p) {
    return new PassOptions(disabled, allowed, foldLimit, outputs, stopAfter, p, verify);
  }

  public PassOptions withVerify(boolean on) {
    return new PassOptions(disabled, allowed, foldLimit, outputs, stopAfter, precision, on);
  }

  /**
   * Whether floats may be taken to be never infinite and never NaN, and divisors never zero: {@code
   * x * 0}, {@code x - x} and {@code 0 / x} become 0, {@code x / x} becomes 1. Nothing else follows
   * from it.
   */
  public boolean fastMath() {
    return allowed == Exactness.APPROXIMATE;
  }

  public PassOptions withFastMath(boolean on) {
    return on == fastMath()
        ? this
        : withAllowed(on ? Exactness.APPROXIMATE : Exactness.REASSOCIATES);
  }
}
