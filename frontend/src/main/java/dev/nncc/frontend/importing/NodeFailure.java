package dev.nncc.frontend.importing;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A model error whose message already says where it is; never leaves the importers. */
public final class NodeFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> steering;

  public NodeFailure(String message, @Nullable Throwable cause) {
    super(message, cause);
    this.steering = List.of();
  }

  /**
   * For a report of what is not supported.
   *
   * @param steering inputs of the model that would have to be constants
   */
  public NodeFailure(String message, List<String> steering) {
    super(message);
    this.steering = List.copyOf(steering);
  }

  public List<String> steering() {
    return steering;
  }
}
