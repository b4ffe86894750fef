package dev.nncc.tensor.schedule;

/** A directive that does not fit the kernel, with the reason. */
public final class Illegal extends RuntimeException {
  private static final long serialVersionUID = 1;

  public Illegal(String message) {
    super(message);
  }
}
