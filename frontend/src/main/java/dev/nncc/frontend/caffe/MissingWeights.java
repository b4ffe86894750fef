package dev.nncc.frontend.caffe;

/**
 * A layer needs weights that no file has. Collected over the network; never leaves this package.
 */
final class MissingWeights extends RuntimeException {
  private static final long serialVersionUID = 1L;

  MissingWeights() {
    super("no weights", null, false, false);
  }
}
