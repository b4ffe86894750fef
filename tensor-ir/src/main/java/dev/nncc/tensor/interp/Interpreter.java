package dev.nncc.tensor.interp;

import dev.nncc.graph.DType;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Stmt;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The reference meaning of kernels. Integers are computed as integers, floats in double and rounded
 * to their type after every operation; every index is checked against the halo; a read of local
 * memory nobody wrote gives NaN (or a pattern, for integers); parallel loops run in a random order,
 * so that a dependence between iterations shows; both sides of a select are evaluated, as compiled
 * code may.
 */
public final class Interpreter {
  private Interpreter() {}

  /**
   * Runs iterations {@code lo .. hi-1} of the parallel loop; a kernel without one runs whole when
   * lo is 0.
   *
   * @param args the memory of each argument, in order; element positions follow offset and strides
   *     of its buffer, little endian
   * @param dims values of the kernel's dimension parameters
   * @throws IndexOutOfBoundsException when the kernel accesses what is not part of a buffer
   */
  public static void run(
      Kernel k, List<ByteBuffer> args, Map<String, Long> dims, long lo, long hi) {
    run(k, args, dims, lo, hi, 1);
  }

  /** As above, with the seed of the order in which the parallel iterations run. */
  public static void run(
      Kernel k, List<ByteBuffer> args, Map<String, Long> dims, long lo, long hi, long seed) {
    if (args.size() != k.args().size()) {
      throw new IllegalArgumentException(k.name() + " takes " + k.args().size() + " arguments");
    }
    Frame f = new Frame(lo, hi, seed);
    for (int i = 0; i < args.size(); i++) {
      Buffer b = k.args().get(i);
      f.bind(b, new Memory(b.type(), args.get(i)));
    }
    for (String d : k.dims()) {
      Long v = dims.get(d);
      if (v == null) {
        throw new IllegalArgumentException(k.name() + " needs dimension " + d);
      }
      f.cell(d, DType.I64).l = v;
    }
    Runnable code = new StmtCode(f).compile(k.body());
    if (lo == 0 || hasParallelLoop(k.body())) {
      code.run();
    }
  }

  /** Runs the whole kernel. */
  public static void run(Kernel k, List<ByteBuffer> args) {
    run(k, args, Map.of(), 0, Long.MAX_VALUE);
  }

  private static boolean hasParallelLoop(Stmt body) {
    List<Stmt> found = new ArrayList<>();
    body.rewrite(
        s -> {
          if (s instanceof Stmt.For f && f.kind() == Stmt.Kind.PAR) {
            found.add(s);
          }
          return s;
        });
    return !found.isEmpty();
  }
}
