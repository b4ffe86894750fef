package dev.nncc.frontend.importing;

import java.util.List;
import java.util.Locale;

/**
 * A valid model asks for what is not implemented. Collected over the whole model, so that one
 * report names everything; never leaves the importers.
 */
public final class UnsupportedFeature extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> steering;

  public UnsupportedFeature(String format, Object... args) {
    this(List.of(), String.format(Locale.ROOT, format, args));
  }

  private UnsupportedFeature(List<String> steering, String message) {
    super(message, null, false, false);
    this.steering = steering;
  }

  /**
   * The value of an operand decides what a node becomes, and it depends on inputs of the model.
   *
   * @param operand what the operator calls it
   * @param inputs names of the inputs; were they constants, the node could be imported
   */
  public static UnsupportedFeature notConstant(String operand, List<String> inputs) {
    String text = operand + " is computed at run time; it must be constant";
    if (inputs.size() == 1) {
      text += " (--bind " + inputs.get(0) + "=... makes it so)";
    }
    return new UnsupportedFeature(inputs, text);
  }

  /** Inputs of the model that would have to be constants; empty if that does not help. */
  public List<String> steering() {
    return steering;
  }

  /** Throws if the condition holds. */
  public static void when(boolean condition, String format, Object... args) {
    if (condition) {
      throw new UnsupportedFeature(format, args);
    }
  }
}
