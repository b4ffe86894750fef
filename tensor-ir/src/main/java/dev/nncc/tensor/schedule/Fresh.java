package dev.nncc.tensor.schedule;

import java.util.LinkedHashSet;
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
}
