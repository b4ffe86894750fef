package dev.nncc.compiler;

/** Options that do not fit together or the machine; the message says what to do. */
public final class CompileException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public CompileException(String message) {
    super(message);
  }
}
