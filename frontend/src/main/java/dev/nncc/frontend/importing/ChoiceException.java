package dev.nncc.frontend.importing;

import java.util.Optional;

/**
 * A choice of the caller has no meaning for the model's files, such as a signature for a format
 * that has none. The message is one line.
 */
public final class ChoiceException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ChoiceException(String message) {
    super(message);
  }

  /**
   * Refuses a choice, if it was made.
   *
   * @param why begins with the file's name
   */
  public static void refuse(Optional<?> choice, String option, String why) {
    if (choice.isPresent()) {
      throw new ChoiceException(option + ": " + why);
    }
  }
}
