package dev.nncc.tensor.schedule;

import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.For;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code accumulate T at v as acc [private r ..]}: in the body of v (or of the kernel: {@code
 * root}) the reduction into T becomes explicit: register accumulators, a nest that starts them, a
 * nest that updates them, a nest that writes the outputs. The data loops below v are the
 * accumulators' dimensions; so are reduced loops that are vectors or named private (a partial
 * result each, merged at the end).
 *
 * <p>Legal for a perfect nest below v that reads its outputs at most as starting values, or has no
 * data loop. Where reduced loops remain at or above v the accumulator is carried between their
 * iterations in T itself: for one accumulator of the type of T, without partial results, when
 * nothing else touches T there.
 */
record Accumulate(String buffer, String loop, String name, List<String> privates)
    implements Directive {
  Accumulate {
    privates = List.copyOf(privates);
  }

  @Override
  public Kernel apply(Kernel k) {
    Nests.requireFreshBuffer(k, name);
    return Nests.within(k, loop, body -> accumulate(k, body));
  }

  private Stmt accumulate(Kernel k, Stmt body) {
    Stmt nest =
        find(body)
            .orElseThrow(() -> new Illegal("no perfect nest reducing into " + buffer + " here"));
    Reduce r = Nests.leaf(nest).orElseThrow();
    List<For> below = Nests.spine(nest);
    boolean single = r.over().containsAll(below.stream().map(For::var).toList());
    if (!single && !Nests.readsOnlyItself(r)) {
      throw new Illegal("the reduction reads its output");
    }
    List<String> outside = new ArrayList<>(r.over());
    below.forEach(f -> outside.remove(f.var()));
    List<For> outer = new ArrayList<>();
    for (String o : outside) {
      outer.add(Nests.find(k, o).orElseThrow());
    }
    if (!outer.isEmpty()) {
      checkAlone(k, outer, nest);
    }
    Accumulation a = new Accumulation(name, nest, r, below, privates, outer);
    return Nests.replace(body, nest, a.explicit());
  }

  /** The nest that reduces into the buffer, not inside further loops. */
  private Optional<Stmt> find(Stmt s) {
    Optional<Reduce> leaf = Nests.leaf(s);
    if (leaf.isPresent()) {
      boolean mine = leaf.get().outputs().stream().anyMatch(o -> o.buffer().name().equals(buffer));
      return mine ? Optional.of(s) : Optional.empty();
    }
    if (s instanceof For) {
      return Optional.empty();
    }
    List<Stmt> found = new ArrayList<>();
    s.mapChildren(
        c -> {
          find(c).ifPresent(found::add);
          return c;
        },
        e -> e);
    return found.stream().findFirst();
  }

  private void checkAlone(Kernel k, List<For> outer, Stmt nest) {
    For outermost =
        Nests.loops(k.body()).stream().filter(outer::contains).findFirst().orElseThrow();
    if (Nests.allocated(outermost).stream().anyMatch(b -> b.name().equals(buffer))) {
      throw new Illegal(buffer + " does not live across the reduction");
    }
    long all = uses(outermost);
    if (all != 1 || uses(nest) != 1) {
      throw new Illegal(buffer + " is used inside the reduction");
    }
  }

  private long uses(Stmt s) {
    return Deps.of(s).accesses().stream().filter(a -> a.buffer().name().equals(buffer)).count();
  }

  @Override
  public String toString() {
    String own = privates.isEmpty() ? "" : " private " + String.join(" ", privates);
    return "accumulate " + buffer + " at " + loop + " as " + name + own;
  }
}
