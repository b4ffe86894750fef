package dev.nncc.compiler.run;

/** A library or its inputs are not what a run needs; the message names the file or the tensor. */
public final class RunException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public RunException(String message) {
    super(message);
  }

  public RunException(String message, Throwable cause) {
    super(message, cause);
  }
}
