package dev.nncc.passes.clean;

import dev.nncc.graph.Tensor;
import java.nio.ByteBuffer;

/** Equality of constants by type and bytes. */
final class Contents {
  /**
   * Weights are hashed by samples: reading 500 MB to find out that nothing is alike is too dear.
   */
  private static final int SAMPLES = 256;

  private Contents() {}

  static int hash(Tensor t) {
    int h = t.type().hashCode();
    ByteBuffer b = t.payload().bytes();
    int step = Math.max(1, b.limit() / SAMPLES);
    for (int i = 0; i < b.limit(); i += step) {
      h = 31 * h + b.get(i);
    }
    return h;
  }

  static boolean equal(Tensor a, Tensor b) {
    return share(a, b)
        || a.type().equals(b.type()) && a.payload().bytes().equals(b.payload().bytes());
  }

  /** A hash that agrees with {@link #share}. */
  static int hashOfRecipe(Tensor t) {
    return 31 * t.type().hashCode() + t.payload().recipe().map(Object::hashCode).orElse(0);
  }

  /** Whether two constants are one without looking at their bytes. */
  static boolean share(Tensor a, Tensor b) {
    return a.type().equals(b.type())
        && (a.payload() == b.payload()
            || a.payload().recipe().isPresent()
                && a.payload().recipe().equals(b.payload().recipe()));
  }
}
