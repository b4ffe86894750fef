package dev.nncc.tensor.plan;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * An order of jobs that keeps little memory live: a beam search over the sets of jobs that are
 * done, which prefers a low peak and then little that stays live. From either end, since memory is
 * the same in reverse. The width falls with the number of jobs, so that the work stays bounded.
 */
final class StepOrder {
  /** Jobs times jobs times states. */
  private static final long BUDGET = 1_500_000;

  /** Next jobs that are weighed before a search gives up. */
  private static final long MOST_MOVES = 200_000;

  private static final int WIDEST = 24;

  /**
   * A node with its calls.
   *
   * @param after jobs that come before it
   * @param touches memories that it uses, each once
   */
  record Job(Set<Integer> after, Set<Integer> touches) {}

  /** What has been done so far, in which order. */
  private static final class State {
    final int[] order;
    final int[] waits;
    final int[] left;
    final List<Integer> ready;
    long live;
    long peak;
    long key;

    State(int[] order, int[] waits, int[] left, List<Integer> ready) {
      this.order = order;
      this.waits = waits;
      this.left = left;
      this.ready = ready;
    }

    State copy() {
      State s = new State(order.clone(), waits.clone(), left.clone(), new ArrayList<>(ready));
      s.live = live;
      s.peak = peak;
      s.key = key;
      return s;
    }
  }

  /** A state with one more job, before it is made. */
  private record Move(State from, int job, long peak, long live, long key) {}

  private final List<Job> jobs;
  private final long[] bytes;
  private final int[] uses;
  private final List<List<Integer>> before;
  private final List<List<Integer>> next;
  private final long[] keys;

  private StepOrder(List<Job> jobs, long[] bytes, boolean reversed) {
    this.jobs = jobs;
    this.bytes = bytes;
    uses = new int[bytes.length];
    before = new ArrayList<>();
    next = new ArrayList<>();
    for (Job j : jobs) {
      j.touches().forEach(m -> uses[m]++);
      before.add(new ArrayList<>());
      next.add(new ArrayList<>());
    }
    for (int j = 0; j < jobs.size(); j++) {
      for (int p : jobs.get(j).after()) {
        before.get(reversed ? p : j).add(reversed ? j : p);
        next.get(reversed ? j : p).add(reversed ? p : j);
      }
    }
    keys = new SplittableRandom(1).longs(jobs.size()).toArray();
  }

  /** Orders that may be better than the given one. */
  static List<List<Integer>> candidates(List<Job> jobs, long[] bytes) {
    Set<List<Integer>> all = new LinkedHashSet<>();
    List<Integer> backward = new ArrayList<>(new StepOrder(jobs, bytes, true).search());
    Collections.reverse(backward);
    all.add(backward);
    all.add(new StepOrder(jobs, bytes, false).search());
    all.remove(List.<Integer>of());
    return List.copyOf(all);
  }

  /** Empty when there is too much to choose from. */
  private List<Integer> search() {
    int n = jobs.size();
    long moved = 0;
    int width = (int) Math.max(1, Math.min(WIDEST, BUDGET / ((long) n * n)));
    List<State> beam = List.of(start());
    for (int done = 0; done < n; done++) {
      Map<Long, Move> moves = new LinkedHashMap<>();
      for (State s : beam) {
        for (int j : s.ready) {
          Move m = move(s, j);
          moves.merge(m.key(), m, (a, b) -> b.peak() < a.peak() ? b : a);
        }
      }
      moved += moves.size();
      if (moved > MOST_MOVES) {
        return List.of();
      }
      List<Move> best = new ArrayList<>(moves.values());
      best.sort(Comparator.comparing(Move::peak).thenComparing(Move::live));
      List<State> made = new ArrayList<>();
      for (Move m : best.subList(0, Math.min(width, best.size()))) {
        made.add(made(m, done));
      }
      beam = made;
    }
    List<Integer> order = new ArrayList<>();
    for (int j : beam.get(0).order) {
      order.add(j);
    }
    return order;
  }

  private State start() {
    int n = jobs.size();
    int[] waits = new int[n];
    List<Integer> ready = new ArrayList<>();
    for (int j = 0; j < n; j++) {
      waits[j] = before.get(j).size();
      if (waits[j] == 0) {
        ready.add(j);
      }
    }
    return new State(new int[n], waits, uses.clone(), ready);
  }

  private Move move(State s, int job) {
    long during = s.live;
    long after = s.live;
    for (int m : jobs.get(job).touches()) {
      boolean isNew = s.left[m] == uses[m];
      boolean ends = s.left[m] == 1;
      during += isNew ? bytes[m] : 0;
      after += (isNew ? bytes[m] : 0) - (ends ? bytes[m] : 0);
    }
    return new Move(s, job, Math.max(s.peak, during), after, s.key ^ keys[job]);
  }

  private State made(Move m, int done) {
    State s = m.from().copy();
    s.order[done] = m.job();
    s.ready.remove((Integer) m.job());
    s.live = m.live();
    s.peak = m.peak();
    s.key = m.key();
    jobs.get(m.job()).touches().forEach(t -> s.left[t]--);
    for (int j : next.get(m.job())) {
      if (--s.waits[j] == 0) {
        s.ready.add(j);
      }
    }
    return s;
  }
}
