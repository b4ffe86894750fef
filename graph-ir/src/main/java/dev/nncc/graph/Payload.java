package dev.nncc.graph;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a constant: compact, row-major, little endian. A payload may be a range of a mapped
 * file, one element repeated, or computed when first asked for; it is never a large Java array.
 * Thread-safe.
 */
public abstract sealed class Payload {
  private Payload() {}

  /** A read-only little-endian view of all bytes, position 0. At most 2 GB. */
  public abstract ByteBuffer bytes();

  public abstract long size();

  /** Bytes already in memory or mapped; the caller gives up writing to them. */
  public static Payload of(ByteBuffer bytes) {
    return new Held(bytes.slice().asReadOnlyBuffer());
  }

  /** {@code size} bytes computed on first use and then kept. */
  public static Payload lazy(long size, Supplier<ByteBuffer> compute) {
    return new Lazy(size, compute, null);
  }

  /** {@code size} bytes that a seed stands for, computed on first use and then kept. */
  static Payload seeded(Seed seed, long size, Supplier<ByteBuffer> compute) {
    return new Lazy(size, compute, seed);
  }

  /** The seed that the bytes come from, if they come from one. */
  public Optional<Seed> seed() {
    return Optional.empty();
  }

  private static final class Held extends Payload {
    private final ByteBuffer bytes;

    Held(ByteBuffer bytes) {
      this.bytes = bytes;
    }

    @Override
    public ByteBuffer bytes() {
      return bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public long size() {
      return bytes.capacity();
    }
  }

  private static final class Lazy extends Payload {
    private final long size;
    private final @Nullable Seed seed;
    private Supplier<ByteBuffer> compute;

    Lazy(long size, Supplier<ByteBuffer> compute, @Nullable Seed seed) {
      this.size = size;
      this.compute = compute;
      this.seed = seed;
    }

    @Override
    public Optional<Seed> seed() {
      return Optional.ofNullable(seed);
    }

    @Override
    public synchronized ByteBuffer bytes() {
      ByteBuffer made = compute.get();
      if (made.capacity() != size) {
        throw new IllegalStateException(
            "payload of " + made.capacity() + " bytes, promised " + size);
      }
      compute = () -> made;
      return made.slice().asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public long size() {
      return size;
    }
  }
}
