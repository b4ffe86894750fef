package dev.nncc.compiler.peer;

/** The peer is not to be had, or refuses the model; the message says which. */
public final class PeerException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public PeerException(String message, Throwable cause) {
    super(message, cause);
  }
}
