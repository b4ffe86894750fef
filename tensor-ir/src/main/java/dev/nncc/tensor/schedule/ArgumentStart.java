package dev.nncc.tensor.schedule;

import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Stmt;
import java.util.List;
import java.util.function.Predicate;

/**
 * Kernels whose arguments begin at their first element instead of at the storage that they are part
 * of: those that differ only by where in a concatenation they write are then one function.
 */
public final class ArgumentStart {
  /** Addresses stay as aligned as they were. */
  private static final long LINE = 64;

  private ArgumentStart() {}

  /** Bytes from an argument's address to the line in which the lowest element of any index lies. */
  public static long bytes(Buffer b) {
    long lowest = b.offset();
    for (int d = 0; d < b.rank(); d++) {
      long first = -b.lo().get(d) * b.strides().get(d);
      long last = (b.shape().get(d) + b.hi().get(d) - 1) * b.strides().get(d);
      lowest += Math.min(first, last);
    }
    return Math.max(0, lowest * b.type().bytes() / LINE * LINE);
  }

  /**
   * The arguments as a kernel has them that gets addresses so many {@link #bytes} further on.
   *
   * @param moves those whose addresses are of the plan's making
   */
  public static List<Buffer> arguments(Kernel k, Predicate<Buffer> moves) {
    return k.args().stream().map(b -> moves.test(b) ? moved(b) : b).toList();
  }

  /** The kernel over other {@link #arguments}. */
  public static Kernel over(Kernel k, List<Buffer> arguments) {
    Stmt body = k.body();
    for (int i = 0; i < arguments.size(); i++) {
      Buffer old = k.args().get(i);
      body = old.equals(arguments.get(i)) ? body : Nests.replaceBuffer(body, old, arguments.get(i));
    }
    return new Kernel(k.name(), arguments, k.dims(), body);
  }

  private static Buffer moved(Buffer b) {
    long elements = bytes(b) / b.type().bytes();
    return elements == 0
        ? b
        : new Buffer(
            b.name(),
            b.type(),
            b.space(),
            b.shape(),
            b.lo(),
            b.hi(),
            b.strides(),
            b.offset() - elements,
            b.fill(),
            b.values());
  }
}
