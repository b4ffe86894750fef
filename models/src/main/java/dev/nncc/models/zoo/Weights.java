package dev.nncc.models.zoo;

import dev.nncc.models.onnx.TensorContent;
import java.nio.charset.StandardCharsets;

/**
 * Random tensors that depend on the model's seed and their own name only, so a layer keeps its
 * weights when others come or go. All arithmetic is exact or {@link StrictMath}'s: the same bytes
 * on every machine.
 */
record Weights(long seed) {
  /** Normal-like elements (sum of four uniform ones: bounded by 3.5 deviations). */
  TensorContent normal(String name, long count, double mean, double deviation) {
    return out -> {
      Stream stream = stream(name);
      for (long i = 0; i < count; i++) {
        out.putFloat((float) (mean + deviation * stream.normal()));
      }
    };
  }

  /** Elements uniform in [low, high). */
  TensorContent uniform(String name, long count, double low, double high) {
    return out -> {
      Stream stream = stream(name);
      for (long i = 0; i < count; i++) {
        out.putFloat((float) (low + (high - low) * stream.uniform()));
      }
    };
  }

  /**
   * Rows of normal-like elements, each row of this Euclidean length: the gain of a filter is then
   * what was asked for even if it has nine elements only.
   */
  TensorContent rows(String name, int rows, int elements, double length) {
    return out -> {
      Stream stream = stream(name);
      double[] row = new double[elements];
      for (int r = 0; r < rows; r++) {
        double sum = 0;
        for (int i = 0; i < elements; i++) {
          row[i] = stream.normal();
          sum += row[i] * row[i];
        }
        double scale = length / Math.sqrt(sum);
        for (double element : row) {
          out.putFloat((float) (scale * element));
        }
      }
    };
  }

  /** One number in [low, high) for this name. */
  double number(String name, double low, double high) {
    return low + (high - low) * stream(name).uniform();
  }

  private Stream stream(String name) {
    long hash = 0xcbf29ce484222325L;
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
    }
    return new Stream(Stream.mix(seed * 0x9e3779b97f4a7c15L + 1) ^ hash);
  }

  /** A counter run through a 64-bit mixing function (the finaliser of SplitMix64). */
  private static final class Stream {
    private long state;

    Stream(long state) {
      this.state = state;
    }

    double uniform() {
      return (next() >>> 11) * 0x1p-53;
    }

    double normal() {
      long bits = next();
      long sum = (bits & 0xffff) + (bits >>> 16 & 0xffff) + (bits >>> 32 & 0xffff) + (bits >>> 48);
      return (sum - 2 * 65535.0) * (1.7320508075688772 / 65536);
    }

    private long next() {
      state += 0x9e3779b97f4a7c15L;
      return mix(state);
    }

    static long mix(long value) {
      long x = (value ^ value >>> 30) * 0xbf58476d1ce4e5b9L;
      x = (x ^ x >>> 27) * 0x94d049bb133111ebL;
      return x ^ x >>> 31;
    }
  }
}
