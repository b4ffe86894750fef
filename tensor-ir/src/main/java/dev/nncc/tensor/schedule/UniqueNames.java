package dev.nncc.tensor.schedule;

import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.Alloc;
import dev.nncc.tensor.ir.Stmt.For;
import java.util.LinkedHashSet;
import java.util.Set;

/** Gives every loop and local buffer of a kernel a name of its own: directives address by name. */
final class UniqueNames {
  private final Set<String> used = new LinkedHashSet<>();
  private final Set<String> reserved;

  private UniqueNames(Kernel k) {
    reserved = Nests.names(k);
    used.addAll(k.dims());
    k.args().forEach(b -> used.add(b.name()));
    used.add(Nests.ROOT);
  }

  static Kernel of(Kernel k) {
    return k.with(new UniqueNames(k).rename(k.body()));
  }

  private Stmt rename(Stmt s) {
    if (s instanceof For f) {
      String n = fresh(f.var());
      Stmt x = n.equals(f.var()) ? f : Nests.rename(f, f.var(), n);
      return ((For) x).with(rename(((For) x).body()));
    }
    if (s instanceof Alloc a) {
      Buffer b = a.buffer().withName(fresh(a.buffer().name()));
      Alloc x = b.equals(a.buffer()) ? a : (Alloc) Nests.replaceBuffer(a, a.buffer(), b);
      return new Alloc(x.buffer(), rename(x.body()));
    }
    return s.mapChildren(this::rename, e -> e);
  }

  private String fresh(String name) {
    if (used.add(name)) {
      return name;
    }
    int i = 2;
    while (reserved.contains(name + "_" + i) || !used.add(name + "_" + i)) {
      i++;
    }
    return name + "_" + i;
  }
}
