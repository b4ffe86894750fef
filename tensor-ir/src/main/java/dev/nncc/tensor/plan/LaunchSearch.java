package dev.nncc.tensor.plan;

import dev.nncc.tensor.lower.Argument;
import dev.nncc.tensor.lower.Phase;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Puts calls that need nothing of each other into one launch: heads of a detector, branches,
 * projections. A launch of small calls keeps all threads busy where each call alone is too short to
 * be shared out, and threads wait for each other once. With one thread nothing changes but the
 * order, so calls move only towards neighbours in the plan, and only while no more memory is live
 * than the plan needs anyway.
 */
final class LaunchSearch {
  /** Longer calls have enough to share out by themselves. */
  private static final double LONGEST_CALL = 40_000;

  static final double SHORTEST = 10_000;

  /** What a launch may take, of one worker: more gains nothing. */
  private static final double LONGEST_LAUNCH = 120_000;

  /** How far ahead calls are looked for. */
  private static final int WINDOW = 60;

  private final Jobs jobs;
  private final long most;
  private final double shortest;
  private final int[] left;
  private final boolean[] begun;
  private final double[] nanoseconds;
  private final Set<Integer> done = new LinkedHashSet<>();
  private long live;

  private LaunchSearch(Jobs jobs, long most, double shortest) {
    this.jobs = jobs;
    this.most = most;
    this.shortest = shortest;
    left = new int[jobs.memories()];
    begun = new boolean[left.length];
    nanoseconds = new double[jobs.size()];
    for (int j = 0; j < jobs.size(); j++) {
      jobs.job(j).touches().forEach(m -> left[m]++);
      nanoseconds[j] = isSmall(jobs.calls(j)) ? nanoseconds(jobs.calls(j)) : Double.MAX_VALUE;
    }
  }

  /**
   * Launches of all calls.
   *
   * @param order of the jobs
   * @param most bytes that may be live during a launch of several calls
   * @param shortest nanoseconds that such a launch should take
   */
  static Launches of(Jobs jobs, List<Integer> order, long most, double shortest) {
    return new LaunchSearch(jobs, most, shortest).search(order);
  }

  private Launches search(List<Integer> order) {
    List<List<Usage.Call>> launches = new ArrayList<>();
    for (int i = 0; i < order.size(); i++) {
      if (done.contains(order.get(i))) {
        continue;
      }
      List<Integer> together = together(order, i);
      if (together.size() == 1
          || together.stream().mapToDouble(j -> nanoseconds[j]).sum() < shortest) {
        together.forEach(j -> jobs.calls(j).forEach(c -> launches.add(List.of(c))));
      } else {
        launches.add(together.stream().map(j -> jobs.calls(j).get(0)).toList());
      }
      together.forEach(this::finish);
    }
    return Launches.of(launches);
  }

  /** The job at a place of the order, and those behind it that run beside it. */
  private List<Integer> together(List<Integer> order, int at) {
    int first = order.get(at);
    List<Integer> together = new ArrayList<>(List.of(first));
    double time = nanoseconds[first];
    begin(first);
    int end = Math.min(order.size(), at + WINDOW);
    for (int k = at + 1; k < end && time < LONGEST_LAUNCH; k++) {
      int job = order.get(k);
      boolean ready = !done.contains(job) && done.containsAll(jobs.job(job).after());
      if (ready && time + nanoseconds[job] <= LONGEST_LAUNCH && live + fresh(job) <= most) {
        together.add(job);
        time += nanoseconds[job];
        begin(job);
      }
    }
    return together;
  }

  private long fresh(int job) {
    return jobs.job(job).touches().stream().filter(m -> !begun[m]).mapToLong(jobs::bytes).sum();
  }

  private void begin(int job) {
    live += fresh(job);
    jobs.job(job).touches().forEach(m -> begun[m] = true);
  }

  private void finish(int job) {
    done.add(job);
    for (int m : jobs.job(job).touches()) {
      if (--left[m] == 0) {
        live -= jobs.bytes(m);
      }
    }
  }

  /** One call that is made once. A check of indices stays in front of what it protects. */
  private static boolean isSmall(List<Usage.Call> calls) {
    Phase phase = calls.get(0).phase();
    return calls.size() == 1
        && phase.rounds() == 1
        && phase.arguments().stream().noneMatch(Argument.OfFault.class::isInstance)
        && nanoseconds(calls) <= LONGEST_CALL;
  }

  private static double nanoseconds(List<Usage.Call> calls) {
    return CallCost.of(calls.get(0).phase()).nanoseconds();
  }
}
