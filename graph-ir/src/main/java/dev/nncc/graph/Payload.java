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

  /**
   * {@code size} bytes computed on first use and then kept.
   *
   * @param recipe what they are computed from and how: equal recipes make equal bytes. It lives as
   *     long as the payload, so it holds no weights that could go when this is computed
   */
  public static Payload lazy(long size, Object recipe, Supplier<ByteBuffer> compute) {
    return new Lazy(size, compute, recipe);
  }

  /** The seed that the bytes come from, if they come from one. */
  public Optional<Seed> seed() {
    return recipe().flatMap(r -> r instanceof Seed s ? Optional.of(s) : Optional.empty());
  }

  /**
   * What stands for the bytes without computing them: payloads of tensors of one type whose recipes
   * are equal have equal bytes. Bytes that lie in memory or in a file are their own recipe.
   */
  public Optional<Object> recipe() {
    return Optional.of(this);
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
    private final @Nullable Object recipe;
    private Supplier<ByteBuffer> compute;

    Lazy(long size, Supplier<ByteBuffer> compute, @Nullable Object recipe) {
      this.size = size;
      this.compute = compute;
      this.recipe = recipe;
    }

    @Override
    public Optional<Object> recipe() {
      return Optional.ofNullable(recipe);
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
