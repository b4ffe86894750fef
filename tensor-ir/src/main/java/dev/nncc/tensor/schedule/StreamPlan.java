package dev.nncc.tensor.schedule;

import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.ir.Stmt.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Nests without reduction: the vector innermost, the rest in the order of the result's memory. */
final class StreamPlan {
  private static final int UNROLL = 4;

  /** Elements below which a chunk is not worth a worker. */
  private static final long SMALLEST_CHUNK = 1024;

  /** Neighbouring rows visited together where one operand is read across its rows. */
  private static final long BLOCK = 16;

  private static final long SMALLEST_BLOCK = 4;
  private static final long SMALLEST_REST = 8;

  private final NestPlan.Shape x;

  StreamPlan(NestPlan.Shape shape) {
    x = shape;
  }

  boolean run(String head, boolean parallel) {
    NestModel n = x.model(head);
    Deps deps = Deps.of(x.loop(head));
    Optional<VectorChoice> v = VectorChoice.of(n, deps, x.m());
    boolean free =
        n.axes().stream().allMatch(a -> deps.carriedBy(a.name()) == Deps.Carried.NOTHING);
    if (v.isEmpty()) {
      return plain(n, deps, parallel);
    }
    String lane = v.get().axis().name();
    List<String> order = free ? order(n, lane) : lastIs(n, lane);
    if (!x.reorder(order)) {
      return false;
    }
    String last = order.get(order.size() - 1);
    List<String> outer = new ArrayList<>(order.subList(0, order.size() - 1));
    if (parallel && outer.isEmpty()) {
      return chunked(n, v.get());
    }
    if (free && !outer.isEmpty()) {
      Session.Mark before = x.s().mark();
      Optional<List<String>> around = blocked(n, outer, last, v.get().lanes());
      if (around.isPresent()) {
        if (parallel) {
          x.parallel(unpinned(around.get(), n));
        }
        return true;
      }
      x.s().back(before);
    }
    List<String> loops = unpinned(outer, n);
    if (parallel && !loops.isEmpty() && free) {
      x.parallel(loops);
    }
    return vectorise(last, v.get().lanes(), n);
  }

  /** Only loops that are not unrolled may be fused into the parallel one. */
  private static List<String> unpinned(List<String> outer, NestModel n) {
    return outer.stream().filter(v -> !n.pinned().contains(v)).toList();
  }

  private boolean plain(NestModel n, Deps deps, boolean parallel) {
    List<String> pinned = n.axes().stream().map(Axis::name).filter(n.pinned()::contains).toList();
    List<String> free = new ArrayList<>();
    for (Axis a : n.axes()) {
      if (pinned.contains(a.name()) || deps.carriedBy(a.name()) != Deps.Carried.NOTHING) {
        break;
      }
      free.add(a.name());
    }
    // An innermost loop of its own spares divisions by its extent in each round.
    boolean all = free.size() > 1 && free.size() == n.axes().size();
    if (parallel && !free.isEmpty()) {
      x.parallel(all ? free.subList(0, free.size() - 1) : free);
    }
    return x.unroll(pinned);
  }

  /** Falling strides of the result, then of the operands; the vector last. */
  private static List<String> order(NestModel n, String lane) {
    List<Axis> l = new ArrayList<>(n.axes());
    l.sort(
        Comparator.comparing((Axis a) -> a.name().equals(lane))
            .thenComparing(a -> n.pinned().contains(a.name()))
            .thenComparing(a -> -reach(n, a)));
    return l.stream().map(Axis::name).toList();
  }

  private static double reach(NestModel n, Axis a) {
    double sum = 0;
    for (Operand o : n.operands()) {
      sum += Math.abs(o.at(a.name())) * (o.write() ? 2.0 : 1.0);
    }
    return sum;
  }

  private static List<String> lastIs(NestModel n, String lane) {
    List<String> l = new ArrayList<>(n.axes().stream().map(Axis::name).toList());
    l.remove(lane);
    l.add(lane);
    return l;
  }

  /** One long loop: chunks of it in parallel, the last one shorter. */
  private boolean chunked(NestModel n, VectorChoice v) {
    String name = v.axis().name();
    long e = v.axis().extent();
    long step = (long) v.lanes() * UNROLL;
    long size = Math.max((e + AutoSchedule.CHUNKS - 1) / AutoSchedule.CHUNKS, SMALLEST_CHUNK);
    size = (size + step - 1) / step * step;
    if (e <= size || n.pinned().contains(name)) {
      return vectorise(name, v.lanes(), n);
    }
    String chunk = x.fresh().name("p");
    String inner = x.fresh().name(name + "c");
    boolean exact = e % size == 0;
    String rest = x.fresh().suffix(x.loop(name), inner);
    Directive d =
        exact
            ? new Split(name, size, chunk, inner, false)
            : new Ragged(name, size, chunk, inner, rest);
    if (!x.s().attempt(d)) {
      return false;
    }
    x.s().attempt(new SetKind(chunk, Kind.PAR));
    return vectorise(inner, v.lanes(), n) && (exact || vectorise(inner + rest, v.lanes(), n));
  }

  /**
   * An operand read across its rows: some rows together, so that the lines it brings in are used
   * whole. Returns the loops around, or nothing when there is no such operand.
   */
  private Optional<List<String>> blocked(NestModel n, List<String> outer, String lane, int lanes) {
    long e = n.axis(lane).map(Axis::extent).orElse(1L);
    if (e < lanes || e % lanes != 0 && !x.m().masks() || n.pinned().contains(lane)) {
      return Optional.empty();
    }
    Optional<String> across =
        n.operands().stream()
            .filter(o -> !o.isStraight(lane))
            .flatMap(o -> outer.stream().filter(z -> o.at(z) == 1))
            .filter(z -> !n.pinned().contains(z))
            .findFirst();
    long extent = across.flatMap(n::axis).map(Axis::extent).orElse(1L);
    long f = NestPlan.Shape.divisor(extent, BLOCK);
    if (across.isEmpty() || f < SMALLEST_BLOCK) {
      return Optional.empty();
    }
    String z = across.get();
    String q = x.fresh().name(lane + "q");
    String l = x.fresh().name(lane + "l");
    List<String> around = new ArrayList<>(outer);
    String rows = z;
    if (f == extent) {
      around.remove(z);
    } else {
      Optional<List<String>> parts = x.split(z, f, "o", "b");
      if (parts.isEmpty()) {
        return Optional.empty();
      }
      around.set(around.indexOf(z), parts.get().get(0));
      rows = parts.get().get(1);
    }
    if (!x.s().attempt(new Split(lane, lanes, q, l, e % lanes != 0))) {
      return Optional.empty();
    }
    around.add(q);
    List<String> order = new ArrayList<>(around);
    order.add(rows);
    order.add(l);
    boolean done =
        x.reorder(order)
            && x.s().attempt(new SetKind(l, Kind.VEC))
            && x.split(rows, NestPlan.Shape.divisor(f, UNROLL), "s", "u")
                .filter(p -> x.unroll(List.of(p.get(1))))
                .isPresent();
    return done ? Optional.of(around) : Optional.empty();
  }

  /** The innermost loop as vectors: four at a time, a tail by mask or narrower vectors. */
  private boolean vectorise(String v, int widest, NestModel n) {
    For f = x.loop(v);
    if (!f.isConstant()) {
      return true;
    }
    long e = f.trip();
    int lanes = widest;
    if (e < lanes && !x.m().masks()) {
      lanes = Integer.highestOneBit((int) Math.max(1, e));
    }
    if (e == 1 || lanes == 1) {
      return unrollPinned(n, v);
    }
    if (e == lanes) {
      return unrollPinned(n, v) && x.s().attempt(new SetKind(v, Kind.VEC));
    }
    boolean pinned = n.pinned().contains(v);
    if (e % lanes != 0 && e > lanes) {
      // whole vectors first, then the rest on its own
      String rest = x.fresh().suffix(f);
      return x.s().attempt(new Peel(v, lanes, true, rest))
          && vectorise(v, lanes, n)
          && vectorise(v + rest, restLanes(e % lanes, lanes), n);
    }
    String q = x.fresh().name(v + "q");
    String l = x.fresh().name(v + "l");
    if (!x.s().attempt(new Split(v, lanes, q, l, e % lanes != 0))
        || !x.s().attempt(new SetKind(l, Kind.VEC))) {
      return false;
    }
    long count = (e + lanes - 1) / lanes;
    long u = pinned ? count : NestPlan.Shape.divisor(count, UNROLL);
    if (u == count) {
      return unrollPinned(n, v) && x.unroll(List.of(q));
    }
    return unrollPinned(n, v)
        && (u == 1 || x.split(q, u, "s", "u").filter(p -> x.unroll(List.of(p.get(1)))).isPresent());
  }

  /** A narrower vector without a mask where it fits: its lanes may then be shuffled together. */
  private int restLanes(long rest, int lanes) {
    boolean fits = rest >= SMALLEST_REST && Long.bitCount(rest) == 1;
    return x.m().masks() ? (fits ? Math.toIntExact(rest) : lanes) : lanes / 2;
  }

  private boolean unrollPinned(NestModel n, String except) {
    List<String> l =
        n.axes().stream()
            .map(Axis::name)
            .filter(a -> n.pinned().contains(a) && !a.equals(except))
            .filter(a -> Nests.find(x.s().kernel(), a).isPresent())
            .toList();
    return x.unroll(l);
  }
}
