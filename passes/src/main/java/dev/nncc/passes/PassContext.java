package dev.nncc.passes;

/**
 * What passes of one compilation share: the options, who listens, and the count of rule
 * applications. Not thread-safe.
 */
public final class PassContext {
  private final PassOptions options;
  private final RewriteListener listener;
  private long applications;

  public PassContext(PassOptions options, RewriteListener listener) {
    this.options = options;
    this.listener = listener;
  }

  public PassContext(PassOptions options) {
    this(options, RewriteListener.NONE);
  }

  public PassOptions options() {
    return options;
  }

  public RewriteListener listener() {
    return listener;
  }

  /** Whether a pass or rule of this name and exactness may run. */
  public boolean enabled(String name, Exactness exactness) {
    return exactness.compareTo(options.allowed()) <= 0 && !options.disabled().contains(name);
  }

  /** Whether one more rule may be applied. */
  public boolean mayApply() {
    return applications < options.stopAfter();
  }

  /** Counts an application and returns its number, from 1. */
  public long countApplication() {
    return ++applications;
  }

  /** Rule applications so far. */
  public long applications() {
    return applications;
  }
}
