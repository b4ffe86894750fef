package dev.nncc.cli;

/** What the process returns; scripts rely on these numbers. */
public final class ExitCodes {
  /** Done. */
  public static final int DONE = 0;

  /** A check that the user asked for did not hold ({@code run --compare}, {@code conformance}). */
  public static final int CHECK_FAILED = 1;

  /** The command line itself is wrong. */
  public static final int USAGE = 2;

  /** The model is malformed or needs what nncc lacks. */
  public static final int MODEL = 3;

  /** A file cannot be read or written. */
  public static final int FILES = 4;

  /** A fault of nncc. */
  public static final int INTERNAL = 70;

  /** Ctrl-C, as shells say it. */
  public static final int INTERRUPTED = 130;

  private ExitCodes() {}
}
