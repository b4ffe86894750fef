package dev.nncc.compiler;

/** The version that libraries and reports carry. */
public final class Version {
  public static final String TEXT = "0.1.0";

  private Version() {}
}
