package dev.nncc.runtime;

/**
 * Hears of each step of a run, on the thread that runs. With an arena of the caller's it sees every
 * intermediate value.
 */
public interface StepListener {
  /**
   * A step ended.
   *
   * @param step its number in the plan, from 0
   * @param kernel index into {@link Context#profile()}, -1 for a step that is no kernel
   * @return whether to stop the run, which then fails with {@link Status#CANCELLED}
   */
  boolean after(int step, int kernel);
}
