package dev.nncc.runtime;

/**
 * A processor that a library has code for.
 *
 * @param cpu its name, such as {@code x86-64-v3}
 * @param usable whether this machine's processor can run the code
 */
public record CpuVariant(String cpu, boolean usable) {
  /** {@code x86-64-v4 (not on this processor)}. */
  @Override
  public String toString() {
    return usable ? cpu : cpu + " (not on this processor)";
  }
}
