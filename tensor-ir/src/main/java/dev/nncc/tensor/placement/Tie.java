package dev.nncc.tensor.placement;

/**
 * A wish: what a run writes to the output {@code next} is what the following run reads as the input
 * {@code past}.
 */
public record Tie(String next, String past) {
  @Override
  public String toString() {
    return next + "=" + past;
  }
}
