package dev.nncc.tensor.plan;

/** What the memory plan saves. */
public enum ArenaMode {
  /**
   * Time: values with borders keep their place to themselves, or share it with values of the very
   * same geometry, so that a border that was written when the context was made stays good; unless
   * that makes the arena so large that its traffic costs more than writing borders in each run.
   */
  FAST,
  /**
   * Memory: every place serves whatever fits. A border whose place served something else is written
   * again by a step in front of the value's first writer.
   */
  SMALL;

  /** As users write it. */
  public String text() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
