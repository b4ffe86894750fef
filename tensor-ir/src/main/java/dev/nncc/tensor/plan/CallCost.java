package dev.nncc.tensor.plan;

import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.lower.Phase;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What one call does, by a look at its nest.
 *
 * @param flops multiplications and additions
 * @param bytes upper bound of what it moves: every element that it can reach, once
 */
public record CallCost(double flops, double bytes) {
  private static final double FLOPS_PER_NANOSECOND = 60;
  private static final double BYTES_PER_NANOSECOND = 20;

  /** The cost of a phase. */
  public static CallCost of(Phase phase) {
    return new CallCost(phase.flops(), bytes(phase));
  }

  /** Of one worker, rather too long: most kernels are two to four times as fast. */
  public double nanoseconds() {
    return Math.max(flops / FLOPS_PER_NANOSECOND, bytes / BYTES_PER_NANOSECOND);
  }

  private static double bytes(Phase phase) {
    Map<Buffer, Double> accesses = new LinkedHashMap<>();
    accesses(phase.kernel().body(), 1, accesses);
    double bytes = 0;
    for (Buffer b : phase.kernel().args()) {
      double elements = 1;
      for (long n : b.shape()) {
        elements *= n;
      }
      bytes += Math.min(elements, accesses.getOrDefault(b, 0.0)) * b.type().bytes();
    }
    return bytes;
  }

  /** How often each buffer is read or written below loops of {@code rounds} rounds. */
  private static void accesses(Stmt s, double rounds, Map<Buffer, Double> to) {
    double inside = s instanceof Stmt.For f ? rounds * (f.isConstant() ? f.trip() : 1e18) : rounds;
    if (s instanceof Stmt.Store t) {
      to.merge(t.buffer(), rounds, Double::sum);
    } else if (s instanceof Stmt.Update u) {
      to.merge(u.buffer(), rounds, Double::sum);
    } else if (s instanceof Reduce r) {
      r.outputs().forEach(o -> to.merge(o.buffer(), rounds, Double::sum));
    }
    s.mapChildren(
        c -> {
          accesses(c, inside, to);
          return c;
        },
        e -> {
          e.rewrite(
              x -> {
                if (x instanceof Expr.Load l) {
                  to.merge(l.buffer(), rounds, Double::sum);
                }
                return x;
              });
          return e;
        });
  }
}
