package dev.nncc.runtime;

/** A library cannot be loaded, or a run failed. */
public final class NnccException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final Status status;

  NnccException(Status status, String message) {
    super(message);
    this.status = status;
  }

  /** The kind of failure. */
  public Status status() {
    return status;
  }
}
