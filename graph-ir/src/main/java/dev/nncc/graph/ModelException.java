package dev.nncc.graph;

/**
 * What a model file can cause: malformed, inconsistent or not supported. The message is one line
 * that names what is wrong and where.
 */
public final class ModelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ModelException(String message) {
    super(message);
  }

  public ModelException(String message, Throwable cause) {
    super(message, cause);
  }

  /** Throws unless the condition holds. Arguments are formatted as by {@link String#format}. */
  public static void require(boolean condition, String format, Object... args) {
    if (!condition) {
      throw new ModelException(String.format(java.util.Locale.ROOT, format, args));
    }
  }
}
