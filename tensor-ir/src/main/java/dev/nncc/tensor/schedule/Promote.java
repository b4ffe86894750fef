package dev.nncc.tensor.schedule;

import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import java.util.List;

/**
 * {@code promote T}: local buffer T lives in registers. Always keeps the meaning; the emitter wants
 * all indices of T constant after unrolling.
 */
record Promote(String buffer) implements Directive {
  @Override
  public Kernel apply(Kernel k) {
    List<Buffer> found =
        Nests.allocated(k.body()).stream().filter(b -> b.name().equals(buffer)).toList();
    if (found.isEmpty() || found.get(0).space() != Space.LOCAL) {
      throw new Illegal("no local buffer " + buffer);
    }
    Buffer b = found.get(0);
    Buffer compact =
        Buffer.padded(b.name(), b.type(), Space.REG, b.shape(), b.lo(), b.hi(), b.fill());
    Stmt body = Nests.replaceBuffer(k.body(), b, compact);
    return k.with(body);
  }

  @Override
  public String toString() {
    return "promote " + buffer;
  }
}
