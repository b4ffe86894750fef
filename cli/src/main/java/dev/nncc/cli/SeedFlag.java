package dev.nncc.cli;

import picocli.CommandLine.Option;

/** Which random numbers stand for inputs that nobody gave. */
final class SeedFlag {
  @Option(
      names = "--seed",
      converter = Numbers.Whole.class,
      paramLabel = "N",
      defaultValue = "1",
      description = "Of random inputs. Default: 1.")
  private long seed;

  long seed() {
    return seed;
  }
}
