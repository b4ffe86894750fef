package dev.nncc.tensor.schedule;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The order of the loops around the register tile that moves the fewest bytes through the caches:
 * the largest inner part of the nest whose operands fit stays resident, and an operand is fetched
 * again by every iteration outside of it that moves it.
 */
final class LoopOrder {
  /** More loops than this stay as they are. */
  private static final int MOST = 6;

  private static final double SHARE = 0.75;

  /** Of a cache, that two iterations of a loop may take and still share what it does not move. */
  private static final double FILL = 0.9;

  /** An order that fills a cache so far has to promise this much less. */
  private static final double MUCH_LESS = 2 / 3.0;

  private final NestModel n;
  private final Machine m;

  LoopOrder(NestModel n, Machine m) {
    this.n = n;
    this.m = m;
  }

  /**
   * @param outer the loops to order
   * @param inside all other loops of the nest
   * @param rank 0: the cheapest order; 1: the next, where there is one
   */
  List<Axis> best(List<Axis> outer, List<Axis> inside, int rank) {
    if (outer.size() > MOST) {
      return outer;
    }
    // of orders that cost the same, the one that walks memory in order
    List<Axis> sorted = new ArrayList<>(outer);
    sorted.sort(Comparator.comparingLong(a -> -reach(a)));
    List<Axis> best = sorted;
    double cost = Double.MAX_VALUE;
    List<List<Axis>> orders = permutations(sorted);
    for (List<Axis> p : orders) {
      double c = cost(p, inside, false);
      if (c < cost * 0.999) {
        cost = c;
        best = p;
      }
    }
    cost = MUCH_LESS * cost(best, inside, true);
    for (List<Axis> p : orders) {
      double c = cost(p, inside, true);
      if (c < cost * 0.999) {
        cost = c;
        best = p;
      }
    }
    if (rank > 0 && rank < orders.size()) {
      orders = new ArrayList<>(orders);
      orders.remove(best);
      orders.sort(Comparator.comparingDouble(p -> cost(p, inside, false)));
      return orders.get(rank - 1);
    }
    return best;
  }

  /**
   * @param full whether the second cache keeps what half of it would not hold
   */
  private double cost(List<Axis> order, List<Axis> inside, boolean full) {
    return traffic(order, inside, m.l1(), false) / m.fromL2()
        + traffic(order, inside, m.l2(), full) / m.fromL3();
  }

  private long reach(Axis a) {
    return n.operands().stream().mapToLong(o -> Math.abs(o.at(a.name()))).max().orElse(0);
  }

  private double traffic(List<Axis> outer, List<Axis> inside, double bytesOfCache, boolean full) {
    double cache = SHARE * bytesOfCache;
    int fit = outer.size();
    List<Axis> in = new ArrayList<>(inside);
    while (fit > 0) {
      List<Axis> wider = wider(in, outer.get(fit - 1));
      if (n.operands().stream().mapToDouble(o -> lines(o, wider)).sum() > cache) {
        break;
      }
      in = wider;
      fit--;
    }
    boolean stay = full && fit > 0 && fitTwice(in, outer.get(fit - 1), FILL * bytesOfCache);
    double bytes = 0;
    for (Operand o : n.operands()) {
      double b = lines(o, in);
      // stays while the loops right outside do not move it; what the next iteration shares stays
      // too
      boolean kept = stay || b < cache / 2;
      for (int i = fit - 1; i >= 0; i--) {
        boolean slides = kept && i == fit - 1;
        kept &= !o.on(outer.get(i).name());
        b = slides ? lines(o, wider(in, outer.get(i))) : b * (kept ? 1 : outer.get(i).extent());
      }
      bytes += b;
    }
    return bytes;
  }

  /** Whether two iterations of a loop fit: the second finds what the first one had. */
  private boolean fitTwice(List<Axis> in, Axis loop, double cache) {
    Axis two = new Axis(loop.name(), Math.min(2, loop.extent()), loop.reduce(), loop.symbolic());
    List<Axis> both = wider(in, two);
    return n.operands().stream().mapToDouble(o -> lines(o, both)).sum() <= cache;
  }

  private static List<Axis> wider(List<Axis> in, Axis by) {
    List<Axis> l = new ArrayList<>(in);
    l.add(by);
    return l;
  }

  private static double lines(Operand o, List<Axis> in) {
    Map<String, Long> sizes = new LinkedHashMap<>();
    in.forEach(a -> sizes.put(a.name(), a.extent()));
    return o.lines(sizes);
  }

  private static List<List<Axis>> permutations(List<Axis> l) {
    if (l.isEmpty()) {
      return List.of(List.of());
    }
    List<List<Axis>> all = new ArrayList<>();
    for (int i = 0; i < l.size(); i++) {
      List<Axis> rest = new ArrayList<>(l);
      Axis x = rest.remove(i);
      for (List<Axis> p : permutations(rest)) {
        List<Axis> q = new ArrayList<>(List.of(x));
        q.addAll(p);
        all.add(q);
      }
    }
    return all;
  }
}
