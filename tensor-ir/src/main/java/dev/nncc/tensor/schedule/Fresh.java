package dev.nncc.tensor.schedule;

import dev.nncc.tensor.ir.Stmt.For;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** New names: the wish where it is free, else with a number behind. */
final class Fresh {
  private final Set<String> used = new LinkedHashSet<>();
  private final Session session;

  Fresh(Session session) {
    this.session = session;
  }

  String name(String wish) {
    Set<String> taken = Nests.names(session.kernel());
    String n = wish;
    for (int i = 2; taken.contains(n) || used.contains(n) || n.equals(Nests.ROOT); i++) {
      n = wish + i;
    }
    used.add(n);
    return n;
  }

  /** A suffix under which the loops and buffers of a nest can be copied. */
  String suffix(For l, String... more) {
    Set<String> taken = Nests.names(session.kernel());
    Set<String> copied = new LinkedHashSet<>(List.of(more));
    Nests.loops(l).forEach(f -> copied.add(f.var()));
    Nests.allocated(l).forEach(b -> copied.add(b.name()));
    for (int i = 1; ; i++) {
      String s = i == 1 ? Peel.SUFFIX : Peel.SUFFIX + i;
      if (copied.stream().noneMatch(n -> taken.contains(n + s) || used.contains(n + s))) {
        return s;
      }
    }
  }
}
